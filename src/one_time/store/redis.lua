-- A link is a hash with `record` and `expires`; with `lease`, `holder` and `until` while it is reserved; with `used` (the
-- visitor) and `repeatable` (the end of repetitions) after it was used. Its answer has its own key, so that the server deletes it
-- in time. Times are milliseconds since 1970. If an operation is repeated with the same arguments, the repetition changes nothing.
local link, answer, operation, now = KEYS[1], KEYS[2], ARGV[1], tonumber(ARGV[2])
if not now then
    local time = redis.call('TIME')
    now = time[1] * 1000 + math.floor(time[2] / 1000)
end

if operation == 'insert' then
    if redis.call('EXISTS', link) == 0 then
        redis.call('HSET', link, 'record', ARGV[3], 'expires', now + ARGV[4])
        redis.call('PEXPIRE', link, ARGV[4] + ARGV[5])
    end
    return 0
end

local found = redis.call('HMGET', link, 'record', 'expires', 'used', 'repeatable', 'lease', 'holder', 'until')
local record, expires, used = found[1], found[2], found[3]

if operation == 'look' then
    if not record or (not used and tonumber(expires) <= now) then
        return {false, false}
    end
    return {record, used}
end

if operation == 'reserve' then
    local lease, holder, duration = ARGV[3], ARGV[4], tonumber(ARGV[5])
    if used then
        local same = used == holder
        local kept = same and now < tonumber(found[4]) and redis.call('GET', answer)
        if kept then
            return {'repeated', 1, kept}
        end
        return {'used', same and 1 or 0, ''}
    end
    if not record or tonumber(expires) <= now then
        return {'missing', 0, ''}
    end
    if found[5] and found[5] ~= lease and now < tonumber(found[7]) then
        return {'held', found[6] == holder and 1 or 0, ''}
    end
    redis.call('HSET', link, 'lease', lease, 'holder', holder, 'until', now + duration)
    return {'reserved', 1, ''}
end

if operation == 'commit' then
    if record and not used then
        redis.call('HSET', link, 'used', ARGV[3], 'repeatable', now + ARGV[4])
        redis.call('HDEL', link, 'lease', 'holder', 'until')
        redis.call('SET', answer, ARGV[5], 'PX', ARGV[4])
    end
    return 0
end

if operation == 'release' then
    if found[5] == ARGV[3] then
        redis.call('HDEL', link, 'lease', 'holder', 'until')
    end
    return 0
end

return redis.error_reply('unknown operation')
