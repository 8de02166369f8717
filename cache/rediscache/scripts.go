package rediscache

import "github.com/redis/go-redis/v9"

// Keys, each found by way of the one before it:
//
//	gather:cache:1                                      the epoch; Clear begins another
//	gather:cache:1:EPOCH:URL                            the URL's life; Delete ends it
//	gather:cache:1:EPOCH:URL:LIFE:PARTITION             names of variants, ordered by when they were stored
//	gather:cache:1:EPOCH:URL:LIFE:PARTITION:VARIANT     a response
//
// EPOCH and LIFE are random, so that what is not reachable any more never is again, whichever key
// Redis has dropped; it lasts until its time is over. URL and PARTITION are digests.
const root = "gather:cache:1"

type scripts struct{ get, put, remove, clear *redis.Script }

func newScripts() scripts {
	return scripts{get: redis.NewScript(getText), put: redis.NewScript(putText), remove: redis.NewScript(deleteText), clear: redis.NewScript(clearText)}
}

// getText: root; URL, PARTITION → responses, the latest stored first.
const getText = `
local epoch = redis.call('GET', KEYS[1])
if not epoch then return {} end
local url = KEYS[1] .. ':' .. epoch .. ':' .. ARGV[1]
local life = redis.call('GET', url)
if not life then return {} end
local index = url .. ':' .. life .. ':' .. ARGV[2]
local found = {}
for _, variant in ipairs(redis.call('ZREVRANGE', index, 0, -1)) do
  local response = redis.call('GET', index .. ':' .. variant)
  if response then found[#found + 1] = response end
end
return found`

// putText: root; URL, PARTITION, VARIANT, response, milliseconds, a new name, most variants, most
// bytes. What one key has too much of goes, the first stored first, and so does what is over.
const putText = `
redis.call('SET', KEYS[1], ARGV[6], 'NX')
local keep = tonumber(ARGV[5])
local function last(key)
  if redis.call('PTTL', key) < keep then redis.call('PEXPIRE', key, ARGV[5]) end
end
local url = KEYS[1] .. ':' .. redis.call('GET', KEYS[1]) .. ':' .. ARGV[1]
redis.call('SET', url, ARGV[6], 'NX', 'PX', ARGV[5])
last(url)
local index = url .. ':' .. redis.call('GET', url) .. ':' .. ARGV[2]
local latest = redis.call('ZREVRANGE', index, 0, 0, 'WITHSCORES')
redis.call('ZADD', index, (tonumber(latest[2]) or 0) + 1, ARGV[3])
last(index)
redis.call('SET', index .. ':' .. ARGV[3], ARGV[4], 'PX', ARGV[5])
local count, bytes = 0, 0
for _, variant in ipairs(redis.call('ZREVRANGE', index, 0, -1)) do
  local key = index .. ':' .. variant
  local size = redis.call('STRLEN', key)
  if size > 0 and count < tonumber(ARGV[7]) and bytes + size <= tonumber(ARGV[8]) then
    count, bytes = count + 1, bytes + size
  else
    redis.call('UNLINK', key)
    redis.call('ZREM', index, variant)
  end
end
return 1`

// deleteText: root; URL, the PARTITION everyone shares, which is freed at once.
const deleteText = `
local epoch = redis.call('GET', KEYS[1])
if not epoch then return 0 end
local url = KEYS[1] .. ':' .. epoch .. ':' .. ARGV[1]
local life = redis.call('GET', url)
if not life then return 0 end
redis.call('UNLINK', url)
local index = url .. ':' .. life .. ':' .. ARGV[2]
for _, variant in ipairs(redis.call('ZRANGE', index, 0, -1)) do
  redis.call('UNLINK', index .. ':' .. variant)
end
redis.call('UNLINK', index)
return 1`

// clearText: root; a new name → the epoch that is over, or "".
const clearText = `
local old = redis.call('GET', KEYS[1])
redis.call('SET', KEYS[1], ARGV[1])
return old or ''`
