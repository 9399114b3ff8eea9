"""The room where tables from elsewhere are brought in."""
