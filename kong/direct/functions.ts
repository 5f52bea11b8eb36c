/**
 * What Kong's own `pre-function` and `post-function` do for direct calls (docs/direct.md): a plugin
 * outside of Kong neither sees answers nor sets timeouts, and each of its calls to Kong costs nginx as
 * much as a third of a plain request. mcp-aggregate decides and says so in one value; these carry it
 * out and change nothing else.
 */
export interface KongFunctions {
  readonly access?: string;
  readonly header_filter?: string;
  readonly body_filter?: string;
  readonly log?: string;
}

/** Says that it is there. Nothing passes by the placeholder Service where the other half is missing. */
const announce = `-- kong-plugin-mcp, direct calls, 1
return function()
  kong.ctx.shared.mcp_direct = "1"
  kong.service.set_target("127.0.0.1", 1)
  -- A Service of https has ca_certificates; the plugin server speaks http.
  kong.service.request.set_scheme("http")
  if ngx.var.http_mcp_direct_lost then
    ngx.req.clear_header("Mcp-Direct-Lost")
  end
  local session = ngx.var.http_mcp_session_id
  if not session then
    return
  end
  local sum = ngx.crc32_long(session)
  local key = "mcp_direct_lost:" .. sum % 4096
  if ngx.shared.kong:get(key) == sum then
    ngx.shared.kong:delete(key)
    ngx.req.set_header("Mcp-Direct-Lost", "1")
  end
end
`;

/**
 * Sends the request to the server, with nothing of the client's but what is named. What it is told is
 * one text, since Kong takes longer to read a table of as much: see `callText` of mcp-aggregate.
 */
const send = `-- kong-plugin-mcp, direct calls, 1
local find, match, sub = string.find, string.match, string.sub
local fields = "^" .. ("([^\\n]*)\\n"):rep(14) .. "()"
local framing = { ["content-length"] = true, ["transfer-encoding"] = true, host = true }

local function spliced(body, text, from)
  local out, n, at = {}, 0, 1
  local first, last, length, start = match(text, "^(%d+) (%d+) (%d+):()", from)
  while first do
    out[n + 1] = sub(body, at, first)
    out[n + 2] = sub(text, start, start + length - 1)
    n, at = n + 2, last + 1
    first, last, length, start = match(text, "^(%d+) (%d+) (%d+):()", start + length)
  end
  out[n + 1] = sub(body, at)
  return table.concat(out)
end

local function fail(id, server, why)
  return kong.response.exit(200, '{"jsonrpc":"2.0","id":' .. id
    .. ',"error":{"code":-31001,"message":"server ' .. server .. " " .. why
    .. '","data":{"server":"' .. server .. '"}}}', { ["Content-Type"] = "application/json" })
end

return function()
  local text = kong.ctx.shared.mcp_direct_call
  if not text then
    return
  end
  local _, logged = find(text, "\\n\\n", 1, true)
  local id, server, scheme, host, port, authority, path, upstream, silence, verify, session,
    length, mark, keep, at = match(text, fields, logged + 1)
  local body = ngx.req.get_body_data()
  if not body or #body ~= tonumber(length) then
    return fail(id, server, "was not called: the request was changed on the way through Kong")
  end

  local headers = {}
  local name, value, after = match(text, "^([^\\n]+)\\n([^\\n]*)\\n()", at)
  while name do
    headers[name], at = value, after
    name, value, after = match(text, "^([^\\n]+)\\n([^\\n]*)\\n()", at)
  end
  for given, held in pairs(ngx.req.get_headers(0)) do
    local wanted = headers[given]
    if wanted == held then
      headers[given] = nil
    elseif not wanted and not framing[given] and not find(keep, "," .. given .. ",", 1, true) then
      ngx.req.clear_header(given)
    end
  end
  for wanted, held in pairs(headers) do
    ngx.req.set_header(wanted, held)
  end

  local edits = sub(text, at + 1)
  if mark ~= "" then
    edits = edits:gsub(mark, ngx.var.kong_request_id)
  end
  ngx.req.set_body_data(spliced(body, edits, 1))

  local var = ngx.var
  var.upstream_upgrade, var.upstream_connection, var.upstream_te = "", "keep-alive", ""
  var.upstream_via, var.upstream_x_forwarded_for, var.upstream_x_forwarded_proto = "", "", ""
  var.upstream_x_forwarded_host, var.upstream_x_forwarded_port = "", ""
  var.upstream_x_forwarded_path, var.upstream_x_forwarded_prefix = "", ""
  var.upstream_scheme, var.upstream_uri = scheme, path
  if var.args then
    ngx.req.set_uri_args("")
  end

  -- What the host of the Service is says nothing of this one: names are looked up, addresses not.
  ngx.ctx.balancer_data.type = upstream == "" and find(host, "^[%d.]+$") and "ipv4" or "name"
  if upstream ~= "" then
    var.upstream_host = ""
    if not kong.service.set_upstream(upstream) then
      return fail(id, server, "cannot be reached: Kong has no Upstream named " .. upstream)
    end
  else
    kong.service.set_target(host, tonumber(port))
    var.upstream_host = authority
  end
  local ms = tonumber(silence)
  kong.service.set_timeouts(math.min(ms, 10000), ms, ms)
  -- Only where no connection to a target came about: what was sent once is not sent again.
  kong.service.set_retries(upstream == "" and 0 or 5)
  if scheme == "https" and not kong.service.set_tls_verify(verify ~= "") then
    return fail(id, server, "was not called: Kong cannot set whether its certificate is verified")
  end
  kong.ctx.shared.mcp_direct_sent = {
    id = id, server = server, silence = silence, session = session ~= "" and session or nil,
  }
end
`;

/** Lets nothing of the server's answer through that clients must not see. */
const guard = `-- kong-plugin-mcp, direct calls, 1
local find, format = string.find, string.format
local shown = {
  ["cache-control"] = true, connection = true, ["content-encoding"] = true,
  ["content-length"] = true, ["content-type"] = true, date = true, ["retry-after"] = true,
  ["transfer-encoding"] = true, vary = true,
}
local refusing = { [401] = true, [403] = true, [407] = true }
local forgetting = { [400] = true, [404] = true, [410] = true }

local function wrong(call, status)
  if kong.response.get_source() ~= "service" then
    if status == 504 then
      return -31002, "did not answer within " .. call.silence .. " ms"
    end
    return -31001, "cannot be reached"
  end
  local kind = ngx.header["Content-Type"] or ""
  local isJson = find(kind, "^application/json%f[%W]") ~= nil
  if status >= 200 and status < 300 then
    if isJson or find(kind, "^text/event%-stream%f[%W]") then
      return
    end
    return -31004, "answered HTTP " .. status .. " with something that is not MCP"
  end
  if refusing[status] then
    return -31001, "refused the request of the gateway (HTTP " .. status .. "): call again"
  end
  if call.session and status ~= 400 and forgetting[status] then
    return -31001, "no longer knows the session (HTTP " .. status .. "): call again"
  end
  if not isJson or status < 400 then
    return -31001, "answered HTTP " .. status
  end
end

return function()
  local shared = kong.ctx.shared
  local call = shared.mcp_direct_sent
  if not call or kong.response.get_source() == "exit" then
    return
  end
  local status, header, var = ngx.status, ngx.header, ngx.var
  local code, why = wrong(call, status)
  if call.session and (refusing[status] or forgetting[status]) then
    local sum = ngx.crc32_long(call.session)
    ngx.shared.kong:safe_set("mcp_direct_lost:" .. sum % 4096, sum, 600)
  end
  for name in pairs(ngx.resp.get_headers(0)) do
    if not shown[name] and var["upstream_http_" .. name:gsub("%-", "_")] then
      header[name] = nil
    end
  end
  if not why then
    return
  end
  shared.mcp_direct_text = format(
    '{"jsonrpc":"2.0","id":%s,"error":{"code":%d,"message":"server %s %s","data":{"server":"%s"}}}',
    call.id, code, call.server, why, call.server)
  ngx.status = 200
  header["Content-Type"], header["Content-Length"] = "application/json", #shared.mcp_direct_text
  header["Content-Encoding"], header["Retry-After"] = nil, nil
end
`;

/** Puts an error in the place of what clients must not see. */
const replace = `-- kong-plugin-mcp, direct calls, 1
return function()
  local text = kong.ctx.shared.mcp_direct_text
  if not text then
    return
  end
  ngx.arg[1], ngx.arg[2] = text, true
  kong.ctx.shared.mcp_direct_text = ""
end
`;

/** Writes what mcp-aggregate says of the request, and not the session at the server. */
const note = `-- kong-plugin-mcp, direct calls, 1
local match, sub = string.match, string.sub

return function()
  local text = kong.ctx.shared.mcp_direct_call
  if not text then
    return
  end
  local values = { direct = true }
  local name, value, at = match(text, "^([^\\n]+)\\n([^\\n]*)\\n()")
  while name do
    local own = match(name, "^(%l+)/")
    if own then
      values[own] = values[own] or {}
      values[own][sub(name, #own + 1)] = value
    else
      values[name] = value
    end
    name, value, at = match(text, "^([^\\n]+)\\n([^\\n]*)\\n()", at)
  end
  kong.log.set_serialize_value("mcp", values)
  kong.log.set_serialize_value("request.headers.mcp-session-id", nil)
end
`;

/** Functions of `pre-function` on the route of mcp-aggregate. */
export const preFunction: Required<KongFunctions> = {
  access: announce,
  header_filter: guard,
  body_filter: replace,
  log: note,
};

/** Functions of `post-function` there. */
export const postFunction = { access: send } as const satisfies KongFunctions;
