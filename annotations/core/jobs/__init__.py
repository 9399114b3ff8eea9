"""Background work: a row in the database first, a note to the broker second.

Job kinds register themselves (`kinds`), doors want jobs (`outbox`), workers run them (`runner`), the
schedule picks up what was dropped (`sweeper`), commands see a job through to its end (`driver`).
"""
