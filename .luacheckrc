std = "lua54"
globals = { "rebuff" }
max_line_length = false -- sources are long URLs
max_code_line_length = 140
max_string_line_length = false
