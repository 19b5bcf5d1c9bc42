-- Records that an instance is alive, and gives it the lease if no other instance has it.
-- KEYS: lease, instances. ARGV: instance, lifetime of a lease and of an instance in milliseconds, maximum number of instances.
-- Returns the server's time, whether this instance has the lease, and all instances with the time of their last beat.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local holder = redis.call('GET', KEYS[1])
local held = 0
-- An instance sets a lease with an end. A lease without an end, or with a later end, was not set by an instance.
local left = holder and redis.call('PTTL', KEYS[1]) or 0
if not holder or holder == ARGV[1] or left < 0 or left > 10 * tonumber(ARGV[2]) then
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
  held = 1
end
redis.call('ZADD', KEYS[2], now, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', '(' .. string.format('%.0f', now - ARGV[3]))
redis.call('ZREMRANGEBYSCORE', KEYS[2], '(' .. string.format('%.0f', now), '+inf')
redis.call('ZREMRANGEBYRANK', KEYS[2], 0, -1 - ARGV[4])
redis.call('PEXPIRE', KEYS[2], ARGV[3])
return {now, held, redis.call('ZRANGE', KEYS[2], 0, -1, 'WITHSCORES')}
