from __future__ import annotations

from tests.core.jobs_case import broker, house
from tests.load.servers import own_database_env, own_postgres, own_redis, own_template

__all__ = ["broker", "house", "own_database_env", "own_postgres", "own_redis", "own_template"]
