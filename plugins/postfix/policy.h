/*
 * policy.h - Postfix's policy delegation protocol (SMTPD_POLICY_README, access(5)): a request is
 * lines of name=value ended by an empty line, its answer "action=ACTION" and an empty line. Pure.
 *
 * What Postfix passes on comes from anybody who can connect to it. Nothing here grows with a
 * request: the four fields that count are kept up to their bounds, the rest passes by. A request
 * that is not of the form, or whose addresses are longer than any that rebuff knows, is answered
 * like one that nobody has anything to say about (DUNNO).
 */
#ifndef RBP_POLICY_H
#define RBP_POLICY_H
#include "client/client.h"

enum {
	RBP_ADDRESS_MAX = 512,
	RBP_TEXT_MAX = 400, /* of a refusal: the reply's line is to stay within 512 bytes */
	RBP_ANSWER_MAX = 640,
};

enum { RBP_REQUEST, RBP_STATE, RBP_SENDER, RBP_RECIPIENT, RBP_FIELDS };

/* All zero: before the first request. */
typedef struct {
	char value[RBP_FIELDS][RBP_ADDRESS_MAX + 1];
	size_t len[RBP_FIELDS];
	bool given[RBP_FIELDS];
	bool bad;
	bool ended; /* the request is there */
	bool in_value;
	int field; /* of the line under way; RBP_FIELDS: none of ours */
	char name[24];
	size_t name_len; /* sizeof name: too long */
} rbp_policy;

/* Read on: takes bytes up to the end of a request at most and returns how many. *complete: the
 * request is there, and is forgotten with the next call's first byte. */
size_t rbp_policy_feed(rbp_policy *p, const char *bytes, size_t len, bool *complete);

/* Is there something to ask the engine? Only a recipient (protocol_state=RCPT) of mail that has a
 * sender is ever refused. */
bool rbp_policy_asks(const rbp_policy *p);
/* The engine's question, into out[cap]; its length, 0 when it does not fit. */
size_t rbp_policy_question(const rbp_policy *p, char *out, size_t cap);
/* Postfix's answer; `answer` counts with RBF_CLIENT_OK only. Returns its length. */
size_t rbp_policy_answer(
	rbf_client_status status, const rbf_wire_record *answer, char out[RBP_ANSWER_MAX]);
#endif
