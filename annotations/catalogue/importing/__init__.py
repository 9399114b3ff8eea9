"""Tables from elsewhere on their way into a collection: staged on disk, mapped, checked like a bundle.

A staged file becomes the tables of a bundle (`converting`), and from there on everything is a bundle's:
the check, the errors, the storing. Nothing here knows of studies.
"""
