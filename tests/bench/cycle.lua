-- Calls for wrk: `-- BODIES FIRST`. One request body a line in the file BODIES, sent in turn. In each call every
-- "zzzzzzzz" becomes a number of its own, counted from FIRST, so that no two bodies are alike. Prints one line of JSON.

local bodies, turn, serial = {}, 0, 0

function init(args)
  wrk.method = "POST"
  wrk.headers["Content-Type"] = "application/json"
  for line in io.lines(args[1]) do
    local pieces, start = {}, 1
    while true do
      local from, to = line:find("zzzzzzzz", start, true)
      pieces[#pieces + 1] = line:sub(start, (from or 0) - 1)
      if not from then break end
      start = to + 1
    end
    bodies[#bodies + 1] = pieces
  end
  serial = tonumber(args[2])
end

function request()
  turn, serial = turn % #bodies + 1, serial + 1
  return wrk.format(nil, nil, nil, table.concat(bodies[turn], string.format("%08x", serial)))
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\n{"answered": %d, "seconds": %.6f, "refused": %d, "broken": %d, "p50": %.3f, "p99": %.3f}\n',
    summary.requests, summary.duration / 1e6, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000
  ))
end
