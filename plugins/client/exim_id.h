/* exim_id.h - what the Exim plugin and rebuff-mtactl agree on: the syntax of message ids (base 62,
 * 6-6-2 up to 4.96, 6-11-4 from 4.97 on), and the name under which rebuff-mtactl starts Exim, by
 * which the gate knows an attempt of ours. */
#ifndef RBF_CLIENT_EXIM_ID_H
#define RBF_CLIENT_EXIM_ID_H
#include <stdbool.h>
#include <stddef.h>

#define RBX_WAKE_ARGV0 "rebuff-wake"

static inline bool rbx_is_id_char(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static inline bool rbx_is_message_id(const char *s, size_t len)
{
	if (len != 16 && len != 23)
		return false;
	for (size_t i = 0; i < len; i++) {
		bool dash = i == 6 || i == (len == 16 ? 13 : 18);
		if (dash ? s[i] != '-' : !rbx_is_id_char(s[i]))
			return false;
	}
	return true;
}
#endif
