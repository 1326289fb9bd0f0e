std = "lua54"
globals = { "rebuff" }
max_line_length = 200 -- sources are long URLs
