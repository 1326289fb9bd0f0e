std = "lua54"
globals = { "rebuff", "blocklist" }
read_globals = { "test", "log", "text", "time" }
max_line_length = 200 -- sources are long URLs
