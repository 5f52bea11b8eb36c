/**
 * Lets the plugins ask for all that they want to know of a request in one call to Kong, and have all
 * that follows from it done in another (docs/fewer-calls.md). It makes `kong.ctx.shared` of the
 * request answer to names that the plugins alone use: one is a question, one a list of deeds, which
 * begins with a word that only an answer has told. What is read is read, and what is done is done,
 * at the moment of the call, so other plugins see the same as without this.
 *
 * The forms are those of lib/fewer-calls: texts behind their lengths.
 */
export const fewerCalls = `-- kong-plugin-mcp, fewer calls, 1
local setmetatable = setmetatable
if not setmetatable then
  return function() end
end
local pairs, tostring, type = pairs, tostring, type
local byte, find, sub, concat = string.byte, string.find, string.sub, table.concat
local most, largest = 1000, 65536
local word = ("%08x%08x%08x"):format(math.random(0, 4294967295), math.random(0, 4294967295),
  math.random(0, 4294967295))
local questions, out = {}, {}

local function add(n, text)
  out[n + 1], out[n + 2], out[n + 3] = #text, ":", text
  return n + 3
end

local function addRequest(n)
  n = add(add(n, kong.request.get_method()), ngx.var.request_uri or "")
  for name, value in pairs(ngx.req.get_headers(most)) do
    if type(value) == "table" then
      for i = 1, #value do
        n = add(add(n, name), tostring(value[i]))
      end
    else
      n = add(add(n, name), tostring(value))
    end
  end
  return n
end

local function addCaller(n)
  local consumer, credential = kong.client.get_consumer(), kong.client.get_credential()
  local id = consumer and consumer.id
  n = add(n, type(id) == "string" and id or "")
  id = credential and credential.id
  return add(n, type(id) == "string" and id or "")
end

questions["\\1mcp 1 request"] = function()
  return concat(out, "", 1, addRequest(add(0, word)))
end

-- A body that may be long in coming, or is large, is left to a call of its own.
local function readBody()
  local length = tonumber(ngx.var.content_length)
  if not length or length > largest then
    return "later", ""
  end
  ngx.req.read_body()
  local body = ngx.req.get_body_data()
  if body then
    return #body > largest and "later" or "body", #body > largest and "" or body
  end
  return ngx.req.get_body_file() and "later" or "body", ""
end

questions["\\1mcp 1 handed"] = function()
  local kind, body = readBody()
  local handle = kong.ctx.shared.mcp_caller_handle
  handle = type(handle) == "string" and handle or ""
  local n = add(add(add(add(0, word), handle), kind), body)
  if handle == "" then
    n = addRequest(addCaller(n))
  end
  return concat(out, "", 1, n)
end

local function take(text, at)
  local colon = find(text, ":", at, true)
  local last = colon + sub(text, at, colon - 1)
  return sub(text, colon + 1, last), last + 1
end

local function setTarget(host, port)
  kong.service.set_target(host, port)
  -- What the host of the Service is says nothing of this one: names are looked up, addresses not.
  ngx.ctx.balancer_data.type = find(host, "^[%d.]+$") and "ipv4" or "name"
end

-- Names with a slash are of members of an object.
local function note(log, name, value)
  local slash = find(name, "/", 1, true)
  if slash then
    local own = sub(name, 1, slash - 1)
    log[own] = log[own] or {}
    log, name = log[own], sub(name, slash)
  end
  log[name] = value
end

local function act(text)
  local given, at = take(text, 3)
  if given ~= word then
    error("a text that is none of the plugins' own")
  end
  local request, log = kong.service.request
  while true do
    local deed, name, value = byte(text, at)
    if deed == 46 then -- .
      break
    end
    name, at = take(text, at + 1)
    if deed == 99 then -- c
      request.clear_header(name)
    else
      value, at = take(text, at)
      if deed == 104 then -- h
        request.set_header(name, value)
      elseif deed == 108 then -- l
        log = log or {}
        note(log, name, value)
      elseif deed == 115 then -- s
        kong.ctx.shared[name] = value
      elseif deed == 97 then -- a
        kong.client.authenticate(nil, { id = name, consumer_id = value })
      elseif deed == 116 then -- t
        setTarget(name, value + 0)
      else
        error("a deed that is not known")
      end
    end
  end
  if log then
    kong.log.set_serialize_value("mcp", log)
  end
  -- On the wire a function is an empty value, for which Kong has nothing to send.
  return act
end

local meta = {
  __index = function(_, name)
    if type(name) ~= "string" or byte(name) ~= 1 then
      return nil
    end
    local question = questions[name]
    if question then
      return question()
    end
    if byte(name, 2) == 33 then -- !
      return act(name)
    end
    return nil
  end,
}

return function()
  setmetatable(kong.ctx.shared, meta)
end
`;
