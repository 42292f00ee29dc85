#!lua name=duewatch_v1

-- Everything that happens to a bucket of ledgers happens in one of these functions, so its ledgers, due set, index and
-- marks are never out of step. A function whose meaning changes gets a new name (save_v2) beside the old one: workers
-- of two versions may share a server while they are replaced one by one.

-- As in Python's Outcome.
local SAVED, CONFLICT, BEHIND_REGISTRY, FORGOTTEN = '1', '2', '3', '4'

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

-- Why nothing may be written into a bucket now, or nil. `is_old` remembers the answer for each mark of a call.
local function refusal_of(marker, seen, registry, mark, is_old)
  if tonumber(marker) < tonumber(seen) then
    return FORGOTTEN
  end
  if is_old[mark] == nil then
    is_old[mark] = is_behind(registry, mark)
  end
  return is_old[mark] and BEHIND_REGISTRY or nil
end

-- Stores a ledger, if the one stored begins with `head` (which ends behind its rev; '' stands for no ledger).
local function save_one(due_set, index, ledger, member, head, moment, value)
  if redis.call('GETRANGE', ledger, 0, math.max(#head - 1, 0)) ~= head then
    return CONFLICT
  end
  redis.call('SET', ledger, value)
  set_due(due_set, member, moment)
  if head == '' then
    redis.call('ZADD', index, 0, member)
  end
  return SAVED
end

-- KEYS: for each bucket its marker and registry mark; then for each bucket its due set, its index and the ledgers to
-- be written there.
-- ARGV: registry, length of what stands before the member in a ledger's key, number of buckets; then for each bucket
-- the number of its writes and the highest marker its caller has seen, and for each of its writes the head of the
-- ledger that was read (see save_one), the new rev, the due moment ('' = none), the new value.
-- Replies: a digit for each write, in this order; then for each bucket its marker.
local function save(keys, args)
  local registry, prefix_bytes, buckets = args[1], tonumber(args[2]), tonumber(args[3])
  local marks = redis.call('MGET', unpack(keys, 1, 2 * buckets))
  local outcomes, reply, is_old, raised = {}, { '' }, {}, { 'MSET' }
  local key, arg = 2 * buckets + 1, 4
  for bucket = 1, buckets do
    local marker = marks[2 * bucket - 1] or '0'
    local refusal = refusal_of(marker, args[arg + 1], registry, marks[2 * bucket] or '', is_old)
    local due_set, index, count = keys[key], keys[key + 1], tonumber(args[arg])
    local highest = tonumber(marker)
    key, arg = key + 2, arg + 2
    for _ = 1, count do
      local ledger, head, rev = keys[key], args[arg], args[arg + 1]
      local member = string.sub(ledger, prefix_bytes + 1)
      local outcome = refusal or save_one(due_set, index, ledger, member, head, args[arg + 2], args[arg + 3])
      if outcome == SAVED and tonumber(rev) > highest then
        marker, highest = rev, tonumber(rev)
      end
      outcomes[#outcomes + 1] = outcome
      key, arg = key + 1, arg + 4
    end
    if marker ~= marks[2 * bucket - 1] and highest > 0 then
      raised[#raised + 1], raised[#raised + 2] = keys[2 * bucket - 1], marker
    end
    reply[#reply + 1] = marker
  end
  if #raised > 1 then
    redis.call(unpack(raised))
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

-- KEYS: due sets. ARGV: the latest moment, how many entries of each set to pass over, how many to give.
-- Replies for each set member, score, member, score …, oldest first.
local function due(keys, args)
  local reply = {}
  for i, due_set in ipairs(keys) do
    reply[i] = redis.call('ZRANGE', due_set, '-inf', args[1], 'BYSCORE', 'LIMIT', args[2], args[3], 'WITHSCORES')
  end
  return reply
end

-- Writes a registry mark in canonical form (see registry_mark.py): partitions in order, so that equal marks are equal
-- bytes.
local function mark_of(offsets)
  local partitions, parts = {}, {}
  for partition in pairs(offsets) do
    partitions[#partitions + 1] = partition
  end
  table.sort(partitions, function(one, other) return tonumber(one) < tonumber(other) end)
  for i, partition in ipairs(partitions) do
    parts[i] = string.format('"%s":%.0f', partition, offsets[partition])
  end
  return '{' .. table.concat(parts, ',') .. '}'
end

local function raised(offsets, mark)
  for partition, offset in pairs(offsets_of(mark)) do
    offsets[partition] = math.max(offset, offsets[partition] or 0)
  end
  return mark_of(offsets)
end

-- KEYS: registry marks. ARGV: the offsets to raise them to.
local function raise_registry(keys, args)
  for _, mark_key in ipairs(keys) do
    redis.call('SET', mark_key, raised(offsets_of(redis.call('GET', mark_key) or ''), args[1]))
  end
  return redis.status_reply('OK')
end

-- KEYS: a bucket's registry mark and its marker. ARGV: the offsets to raise the first to. Replies the marker: a ledger
-- whose rev is higher was saved later, hence judged with all that these offsets cover.
local function raise_registry_of(keys, args)
  raise_registry({ keys[1] }, args)
  return redis.call('GET', keys[2]) or '0'
end

-- KEYS: registry marks of buckets that a rebuild has closed. ARGV: the partition that closes them, the offset that this
-- rebuild gave it, the offsets to raise the others to. Replies 0, and does nothing, where another rebuild closed one.
local function open(keys, args)
  local opened = {}
  for i, mark_key in ipairs(keys) do
    local offsets = offsets_of(redis.call('GET', mark_key) or '')
    if offsets[args[1]] ~= tonumber(args[2]) then
      return 0
    end
    offsets[args[1]] = nil
    opened[i] = raised(offsets, args[3])
  end
  for i, mark_key in ipairs(keys) do
    redis.call('SET', mark_key, opened[i])
  end
  return 1
end

redis.register_function('save_v1', save)
redis.register_function('move_due_v1', move_due)
redis.register_function('raise_registry_v1', raise_registry)
redis.register_function('raise_registry_v2', raise_registry_of)
redis.register_function('open_v1', open)
redis.register_function { function_name = 'due_v1', callback = due, flags = { 'no-writes' } }
