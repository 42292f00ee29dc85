"""What a user of Redis has to be allowed."""

RIGHTS = (
    "+get +mget +getrange +set +mset +del +unlink +scan +pexpire +zadd +zrem +zscore +zrange +hset +hdel +hlen "
    "+hgetall +fcall +function|load +info +config|get +client|setinfo"
)
"""On its own keys, `namespace:1:*`; as `deploy/acl/redis.acl` grants it."""

FURTHER = "+select for a database other than 0, +cluster|slots on a Cluster, +wait where replicas are waited for"
"""What some installations need beside it, in words."""
