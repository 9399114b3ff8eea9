from __future__ import annotations

from tests.load.servers import own_database_env, own_postgres, own_template

__all__ = ["own_database_env", "own_postgres", "own_template"]
