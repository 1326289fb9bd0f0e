/*
 * alarm.h - what many outcomes together say: a provider that has blocked us, a stream whose mail
 * fails too often. Both are told to people and held.
 */
#ifndef RBF_WATCH_ALARM_H
#define RBF_WATCH_ALARM_H
#include "state/store.h"

/*
 * A refusal for what we are (block list, reputation, authentication, policy) was tallied at this
 * provider: when there are many, it has blocked us. Writes an alarm and holds the provider for two
 * hours; `act` false: the alarm alone. Nothing while it is held already, or was told in the last
 * two hours. (writer)
 */
rebuff_status rbf_alarm_blocked(rbf_store *store, const char *provider, bool act, int64_t now_ms,
	const rebuff_log *log, rebuff_error *err);
/*
 * Look at every stream: of its final outcomes in 24 hours, from 200 on, more than 2 % that suppress
 * or more than 5 % failures. Writes an alarm and holds the stream until an operator releases it;
 * `act` false: the alarm alone, once in 24 hours. (writer, every minute or so)
 */
rebuff_status rbf_alarm_streams(
	rbf_store *store, bool act, int64_t now_ms, const rebuff_log *log, rebuff_error *err);
#endif
