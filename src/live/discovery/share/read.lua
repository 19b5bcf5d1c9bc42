-- Reads entries of one stream after a place. KEYS: stream. ARGV: place, maximum number of entries, maximum size in bytes.
-- Returns pairs of place and bytes. An entry of another form or size is not sent over the network: its pair has no bytes.
if redis.call('EXISTS', KEYS[1]) == 0 then return {} end
local kind = redis.call('TYPE', KEYS[1])
if kind.ok ~= 'stream' then return {{ARGV[1], false}} end
local found = {}
for _, entry in ipairs(redis.call('XRANGE', KEYS[1], '(' .. ARGV[1], '+', 'COUNT', ARGV[2])) do
  local fields = entry[2]
  local good = #fields == 2 and fields[1] == 'b' and #fields[2] <= tonumber(ARGV[3])
  table.insert(found, {entry[1], good and fields[2] or false})
end
return found
