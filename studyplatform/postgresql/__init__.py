"""Django's PostgreSQL, by connections that notice when the server has gone silent."""
