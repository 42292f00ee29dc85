#!lua name=duewatch_v1

-- Everything that happens to a bucket of ledgers happens in one of these functions, so its ledgers, due set, index and
-- marks are never out of step. A function whose meaning changes gets a new name (save_v2) beside the old one: workers
-- of two versions may share a server while they are replaced one by one.

-- As in Python's Outcome.
local SAVED, CONFLICT, BEHIND_REGISTRY, FORGOTTEN = '1', '2', '3', '4'

-- Longer than the start of any ledger up to and with its rev.
local HEAD_BYTES = 32

local function rev_of(value)
  return string.match(value, '^{"rev":(%d+),')
end

-- '0' where there is no ledger. What is not a ledger has no rev, which equals none that a caller may have read.
local function stored_rev(ledger)
  local head = redis.call('GETRANGE', ledger, 0, HEAD_BYTES - 1)
  if head == '' then
    return '0'
  end
  return rev_of(head)
end

local function set_due(due_set, member, moment)
  if moment == '' then
    redis.call('ZREM', due_set, member)
  else
    redis.call('ZADD', due_set, moment, member)
  end
end

local function offsets_of(mark)
  local offsets = {}
  for partition, offset in string.gmatch(mark, '"(%d+)":(%d+)') do
    offsets[partition] = tonumber(offset)
  end
  return offsets
end

-- Whether `registry` lacks entries that `mark` covers; an empty registry depends on none.
local function is_behind(registry, mark)
  if registry == '' or registry == mark then
    return false
  end
  local known = offsets_of(registry)
  for partition, offset in pairs(offsets_of(mark)) do
    if (known[partition] or 0) < offset then
      return true
    end
  end
  return false
end

local function save_one(due_set, index, ledger, member, rev_read, moment, value)
  if stored_rev(ledger) ~= rev_read then
    return CONFLICT
  end
  redis.call('SET', ledger, value)
  redis.call('ZADD', index, 0, member)
  set_due(due_set, member, moment)
  return SAVED
end

-- KEYS: for each bucket its marker, registry mark, due set and index, then the ledgers to be written there.
-- ARGV: registry, length of what stands before the member in a ledger's key; then for each bucket the number of its
-- writes and the highest marker its caller has seen, and for each write rev read, due moment ('' = none), new value.
-- Replies: a digit for each write, and for each bucket its marker.
local function save(keys, args)
  local registry, prefix_bytes = args[1], tonumber(args[2])
  local outcomes, reply, behind = {}, { '' }, {}
  local key, arg, last = 1, 3, #keys
  while key <= last do
    local marker_key, registry_key, due_set, index = keys[key], keys[key + 1], keys[key + 2], keys[key + 3]
    local count = tonumber(args[arg])
    local marker = redis.call('GET', marker_key) or '0'
    local mark = redis.call('GET', registry_key) or ''
    if behind[mark] == nil then
      behind[mark] = is_behind(registry, mark)
    end
    local refusal = nil
    if tonumber(marker) < tonumber(args[arg + 1]) then
      refusal = FORGOTTEN
    elseif behind[mark] then
      refusal = BEHIND_REGISTRY
    end
    local highest = marker
    key, arg = key + 4, arg + 2
    for _ = 1, count do
      local outcome = refusal
      if not refusal then
        local ledger, value = keys[key], args[arg + 2]
        local member = string.sub(ledger, prefix_bytes + 1)
        outcome = save_one(due_set, index, ledger, member, args[arg], args[arg + 1], value)
        local rev = rev_of(value)
        if outcome == SAVED and tonumber(rev) > tonumber(highest) then
          highest = rev
        end
      end
      outcomes[#outcomes + 1] = outcome
      key, arg = key + 1, arg + 3
    end
    if highest ~= marker then
      redis.call('SET', marker_key, highest)
    end
    reply[#reply + 1] = highest
  end
  reply[1] = table.concat(outcomes)
  return reply
end

-- KEYS: for each move its bucket's due set. ARGV: for each move the member, the moment read and the next one
-- ('' = none). Replies 1 for each that was made, 0 for each that found another moment than was read.
local function move_due(keys, args)
  local moved = {}
  for i, due_set in ipairs(keys) do
    local member, read, next_due = args[3 * i - 2], args[3 * i - 1], args[3 * i]
    local score = redis.call('ZSCORE', due_set, member)
    if (score and tonumber(score)) == (read ~= '' and tonumber(read)) then
      set_due(due_set, member, next_due)
      moved[i] = 1
    else
      moved[i] = 0
    end
  end
  return moved
end

local function take(entries, due_set, untl, offset, count)
  local found = redis.call('ZRANGE', due_set, '-inf', untl, 'BYSCORE', 'LIMIT', offset, count, 'WITHSCORES')
  for i = 1, #found, 2 do
    entries[#entries + 1] = { found[i], tonumber(found[i + 1]) }
  end
  return #found / 2
end

local function by_moment(one, other)
  if one[2] == other[2] then
    return one[1] < other[1]
  end
  return one[2] < other[2]
end

-- KEYS: due sets. ARGV: the latest moment, the most entries. Replies member, moment, member, moment …, oldest first.
-- Each set gives its share at first, for the hash spreads debtors evenly; only sets that may hold more of the oldest
-- are asked again, so a midnight at which everybody is due does not bring everybody here.
local function due(keys, args)
  local untl, limit = args[1], tonumber(args[2])
  local share = math.min(limit, 4 * math.ceil(limit / #keys))
  local entries, full = {}, {}
  for _, due_set in ipairs(keys) do
    if take(entries, due_set, untl, 0, share) == share then
      full[#full + 1] = { due_set, entries[#entries][2] }
    end
  end
  table.sort(entries, by_moment)
  local bound = entries[limit] and entries[limit][2]
  for _, set in ipairs(full) do
    if share < limit and (not bound or set[2] < bound) then
      take(entries, set[1], bound and string.format('%.0f', bound) or untl, share, limit - share)
    end
  end
  table.sort(entries, by_moment)
  local reply = {}
  for i = 1, math.min(limit, #entries) do
    reply[2 * i - 1], reply[2 * i] = entries[i][1], string.format('%.0f', entries[i][2])
  end
  return reply
end

-- KEYS: registry marks. ARGV: the offsets to raise them to. A mark is written in canonical form (see registry_mark.py),
-- partitions in order, so that equal marks are equal bytes.
local function raise_registry(keys, args)
  for _, mark_key in ipairs(keys) do
    local offsets = offsets_of(redis.call('GET', mark_key) or '')
    for partition, offset in pairs(offsets_of(args[1])) do
      offsets[partition] = math.max(offset, offsets[partition] or 0)
    end
    local partitions, parts = {}, {}
    for partition in pairs(offsets) do
      partitions[#partitions + 1] = partition
    end
    table.sort(partitions, function(one, other) return tonumber(one) < tonumber(other) end)
    for i, partition in ipairs(partitions) do
      parts[i] = string.format('"%s":%.0f', partition, offsets[partition])
    end
    redis.call('SET', mark_key, '{' .. table.concat(parts, ',') .. '}')
  end
  return redis.status_reply('OK')
end

redis.register_function('save_v1', save)
redis.register_function('move_due_v1', move_due)
redis.register_function('raise_registry_v1', raise_registry)
redis.register_function { function_name = 'due_v1', callback = due, flags = { 'no-writes' } }
