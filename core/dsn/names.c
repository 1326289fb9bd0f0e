#include "rebuff.h"

const char *rebuff_message_kind_name(rebuff_message_kind kind)
{
	static const char *const names[REBUFF_MESSAGE_N] = {
		"none", "bounce", "delayed", "delivered", "complaint", "autoreply"};
	return (size_t)kind < REBUFF_MESSAGE_N ? names[kind] : "?";
}

const char *rebuff_dsn_action_name(rebuff_dsn_action action)
{
	static const char *const names[REBUFF_DSN_N] = {
		"", "failed", "delayed", "delivered", "relayed", "expanded"};
	return (size_t)action < REBUFF_DSN_N ? names[action] : "?";
}
