/* test_attempts.c - which results make one attempt: events, logs, several hosts, ids that repeat.
 */
#include "world.h"

#define GREY "451 4.7.1 Greylisted, please try again in 300 seconds"
#define BUSY "451 4.3.0 Internal error"
#define DEAD "550 5.1.1 User unknown"
#define BANNER "554 your IP is not welcome"

enum { STEPS = 8 };

/* What happens, in order. All times are seconds since the start. */
typedef struct {
	enum { END, GATE, EVENT, LOG, KEEP_HOUSE } what;
	int64_t at_s;
	rebuff_kind kind;
	const char *text;
	int64_t told_s; /* the time that the result states; 0: at_s */
} step;

typedef struct {
	const char *name;
	step steps[STEPS];
	rbf_delivery_state state;
	uint32_t attempts;
	int64_t events;
	int64_t due_from_s; /* due at that time or later */
} row;

static const row rows[] = {
	{"deferred, then delivered",
		{{GATE, 0, 0, "", 0}, {EVENT, 1, REBUFF_KIND_RCPT_DEFER, BUSY, 0},
			{GATE, 1200, 0, "", 0}, {EVENT, 1201, REBUFF_KIND_DELIVERED, "250 OK", 0}},
		RBF_DELIVERED, 2, 2, 0},
	{"no gate was asked",
		{{EVENT, 1, REBUFF_KIND_RCPT_DEFER, BUSY, 0},
			{EVENT, 1201, REBUFF_KIND_RCPT_DEFER, BUSY, 0}},
		RBF_WAITING, 2, 2, 0},
	{"a refused banner in Exim",
		{{GATE, 0, 0, "", 0}, {EVENT, 1, REBUFF_KIND_HOST_DEFER, BANNER, 0},
			{EVENT, 1, REBUFF_KIND_MESSAGE_DEFER, BANNER, 0},
			{EVENT, 2, REBUFF_KIND_FAILED, BANNER, 0}},
		RBF_FAILED, 1, 1, 0},
	{"TLS fails, then in clear",
		{{GATE, 0, 0, "", 0}, {EVENT, 1, REBUFF_KIND_HOST_DEFER, "TLS session: bad", 0},
			{EVENT, 3, REBUFF_KIND_DELIVERED, "250 OK", 0}},
		RBF_DELIVERED, 1, 1, 0},
	{"the first host times out after minutes, the second takes it",
		{{GATE, 0, 0, "", 0},
			{EVENT, 300, REBUFF_KIND_HOST_DEFER, "Connection timed out", 0},
			{EVENT, 320, REBUFF_KIND_DELIVERED, "250 OK", 0}},
		RBF_DELIVERED, 1, 1, 0},
	{"both hosts fail",
		{{GATE, 0, 0, "", 0},
			{EVENT, 300, REBUFF_KIND_HOST_DEFER, "Connection timed out", 0},
			{EVENT, 600, REBUFF_KIND_HOST_DEFER, "Connection timed out", 0},
			{EVENT, 600, REBUFF_KIND_MESSAGE_DEFER, "Connection timed out", 0}},
		RBF_WAITING, 1, 1, 0},
	{"452 among accepted recipients, told twice",
		{{GATE, 0, 0, "", 0},
			{EVENT, 1, REBUFF_KIND_RCPT_DEFER, "452 4.5.3 Too many recipients", 0},
			{EVENT, 2, REBUFF_KIND_RCPT_DEFER, "452 4.5.3 Too many recipients", 0}},
		RBF_WAITING, 0, 1, 0}, /* uncounted: again at once */
	{"greylisting is not counted",
		{{GATE, 0, 0, "", 0}, {EVENT, 1, REBUFF_KIND_RCPT_DEFER, GREY, 0},
			{GATE, 400, 0, "", 0}, {EVENT, 401, REBUFF_KIND_RCPT_DEFER, GREY, 0}},
		RBF_WAITING, 0, 2, 0},
	{"delivered and refused: the first counts",
		{{GATE, 0, 0, "", 0}, {EVENT, 1, REBUFF_KIND_DELIVERED, "250 OK", 0},
			{EVENT, 2, REBUFF_KIND_FAILED, DEAD, 0}},
		RBF_DELIVERED, 1, 1, 0},
	{"a go that nothing follows", {{GATE, 0, 0, "", 0}, {KEEP_HOUSE, 901, 0, "", 0}},
		RBF_WAITING, 0, 0, 0},
	{"a go that nothing follows yet", {{GATE, 0, 0, "", 0}, {KEEP_HOUSE, 899, 0, "", 0}},
		RBF_OPEN, 0, 0, 0},
	{"the log tells the same",
		{{GATE, 0, 0, "", 0}, {EVENT, 1, REBUFF_KIND_RCPT_DEFER, BUSY, 0},
			{LOG, 3, REBUFF_KIND_RCPT_DEFER, BUSY, 1}},
		RBF_WAITING, 1, 1, 0},
	{"the log tells it first",
		{{GATE, 0, 0, "", 0}, {LOG, 2, REBUFF_KIND_RCPT_DEFER, BUSY, 1},
			{EVENT, 2, REBUFF_KIND_RCPT_DEFER, BUSY, 0}},
		RBF_WAITING, 1, 1, 0},
	{"the log is read again after the next attempt",
		{{GATE, 0, 0, "", 0}, {EVENT, 1, REBUFF_KIND_RCPT_DEFER, BUSY, 0},
			{GATE, 1200, 0, "", 0}, {EVENT, 1201, REBUFF_KIND_RCPT_DEFER, BUSY, 0},
			{LOG, 3000, REBUFF_KIND_RCPT_DEFER, BUSY, 1}},
		RBF_WAITING, 2, 2, 0},
	{"the log is read again during the next attempt",
		{{GATE, 0, 0, "", 0}, {EVENT, 1, REBUFF_KIND_RCPT_DEFER, BUSY, 0},
			{GATE, 1200, 0, "", 0}, {LOG, 1201, REBUFF_KIND_RCPT_DEFER, BUSY, 1}},
		RBF_OPEN, 1, 1, 0},
	{"two attempts close together, told by the log alone",
		{{GATE, 0, 0, "", 0}, {LOG, 1, REBUFF_KIND_RCPT_DEFER, BUSY, 0},
			{GATE, 4, 0, "", 0}, {LOG, 5, REBUFF_KIND_RCPT_DEFER, BUSY, 0}},
		RBF_WAITING, 2, 2, 0},
	{"a lost result is told after the next attempt",
		{{GATE, 0, 0, "", 0}, {KEEP_HOUSE, 901, 0, "", 0}, {GATE, 1200, 0, "", 0},
			{EVENT, 1201, REBUFF_KIND_RCPT_DEFER, BUSY, 0},
			{LOG, 1300, REBUFF_KIND_RCPT_DEFER, BUSY, 5}},
		RBF_WAITING, 2, 2, 2000},
	{"a lost delivery is told late",
		{{GATE, 0, 0, "", 0}, {EVENT, 1, REBUFF_KIND_RCPT_DEFER, BUSY, 0},
			{GATE, 1200, 0, "", 0}, {KEEP_HOUSE, 2200, 0, "", 0},
			{LOG, 2300, REBUFF_KIND_DELIVERED, "250 OK", 1201}},
		RBF_DELIVERED, 2, 2, 0},
	{"the id serves another message",
		{{GATE, 0, 0, "", 0}, {EVENT, 1, REBUFF_KIND_RCPT_DEFER, BUSY, 0},
			{GATE, 1200, 0, "", 0}, {EVENT, 1201, REBUFF_KIND_DELIVERED, "250 OK", 0},
			{GATE, 90000, 0, "", 0}, {EVENT, 90001, REBUFF_KIND_RCPT_DEFER, BUSY, 0}},
		RBF_WAITING, 1, 3, 0},
	{"the id serves another message, told by the log alone",
		{{LOG, 1, REBUFF_KIND_FAILED, DEAD, 0},
			{LOG, 90001, REBUFF_KIND_RCPT_DEFER, BUSY, 0}},
		RBF_WAITING, 1, 2, 0},
	{"a log of one message, read twice",
		{{LOG, 1, REBUFF_KIND_RCPT_DEFER, BUSY, 0},
			{LOG, 1201, REBUFF_KIND_FAILED, DEAD, 0},
			{LOG, 5000, REBUFF_KIND_RCPT_DEFER, BUSY, 1},
			{LOG, 5000, REBUFF_KIND_FAILED, DEAD, 1201}},
		RBF_FAILED, 2, 2, 0},
	{"gone without a word",
		{{GATE, 0, 0, "", 0}, {EVENT, 1, REBUFF_KIND_RCPT_DEFER, BUSY, 0},
			{EVENT, 5000, REBUFF_KIND_COMPLETE, "", 0}},
		RBF_GONE, 1, 1, 0},
	{"gone, and the word comes later",
		{{GATE, 0, 0, "", 0}, {EVENT, 1, REBUFF_KIND_COMPLETE, "", 0},
			{EVENT, 2, REBUFF_KIND_FAILED, DEAD, 0}},
		RBF_FAILED, 1, 1, 0},
	{"gone, and a deferral is told again",
		{{GATE, 0, 0, "", 0}, {EVENT, 1, REBUFF_KIND_RCPT_DEFER, BUSY, 0},
			{EVENT, 100, REBUFF_KIND_COMPLETE, "", 0},
			{LOG, 101, REBUFF_KIND_RCPT_DEFER, BUSY, 1}},
		RBF_GONE, 1, 1, 0},
	{"complete after delivery changes nothing",
		{{GATE, 0, 0, "", 0}, {EVENT, 1, REBUFF_KIND_DELIVERED, "250 OK", 0},
			{EVENT, 2, REBUFF_KIND_COMPLETE, "", 0}},
		RBF_DELIVERED, 1, 1, 0},
	{"a time in the future is now",
		{{GATE, 0, 0, "", 0}, {EVENT, 1, REBUFF_KIND_RCPT_DEFER, BUSY, 999999},
			{EVENT, 2, REBUFF_KIND_RCPT_DEFER, BUSY, 0}},
		RBF_WAITING, 1, 1, 0},
};

static void take(world *w, const step *s, int64_t start_ms)
{
	rebuff_error err = {0};
	if (s->what == GATE) {
		rebuff_gate_request r = asking("m", "a@remote.example");
		assert_int_equal(rebuff_begin(w->ctx, &err), REBUFF_OK);
		assert_int_equal(rebuff_record_go(w->ctx, &r, &err), REBUFF_OK);
		assert_int_equal(rebuff_commit(w->ctx, &err), REBUFF_OK);
		return;
	}
	if (s->what == KEEP_HOUSE) {
		run_housekeep(w);
		return;
	}
	rebuff_result r = {.size = sizeof r,
		.id = RBF_LIT("m"),
		.recipient = RBF_LIT("a@remote.example"),
		.sender = RBF_LIT("shop@sender.example"),
		.kind = s->kind,
		.stage = REBUFF_STAGE_RCPT,
		.text = rbf_span_of(s->text),
		.host = RBF_LIT("mx.remote.example"),
		.time_ms = start_ms + (s->told_s ? s->told_s : s->at_s) * 1000,
		.from_log = s->what == LOG};
	assert_int_equal(rebuff_begin(w->ctx, &err), REBUFF_OK);
	if (rebuff_record_result(w->ctx, &r, NULL, &err) != REBUFF_OK)
		fail_msg("%s", err.text);
	assert_int_equal(rebuff_commit(w->ctx, &err), REBUFF_OK);
}

static void test_sequences(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		void *made = NULL;
		assert_int_equal(setup(&made), 0);
		world *w = made;
		int64_t start_ms = w->wall;
		for (const step *s = rows[i].steps; s < rows[i].steps + STEPS && s->what; s++) {
			pass(w, start_ms + s->at_s * 1000 - w->wall);
			take(w, s, start_ms);
		}
		rbf_delivery d = row_of(w, "m", "a@remote.example");
		assert_row_int(rows[i].name, d.state, rows[i].state);
		assert_row_int(rows[i].name, d.attempts, rows[i].attempts);
		assert_row_int(
			rows[i].name, number(w, "SELECT count(*) FROM event"), rows[i].events);
		assert_row_int(rows[i].name,
			d.due_ms >= start_ms + rows[i].due_from_s * 1000 || !rows[i].due_from_s,
			true);
		assert_row_int(rows[i].name, d.recipient[0] == '\0', rbf_delivery_final(d.state));
		teardown(&made);
	}
}

/* ---- several recipients ---------------------------------------------------------------------- */

static void test_a_deferral_of_all_closes_those_that_are_open_there(void **state)
{
	world *w = *state;
	gate(w, "m", "a@remote.example");
	gate(w, "m", "b@remote.example");
	gate(w, "n", "c@remote.example"); /* another message */
	rebuff_gate_request r = asking("m", "d@elsewhere.example"); /* another provider */
	rebuff_error err;
	r.mx = RBF_LIT("mx.elsewhere.example");
	rebuff_begin(w->ctx, &err);
	rebuff_record_go(w->ctx, &r, &err);
	rebuff_commit(w->ctx, &err);
	report(w, REBUFF_KIND_MESSAGE_DEFER, REBUFF_STAGE_DOT, "m", "a@remote.example", BUSY);
	assert_row_int("named", row_of(w, "m", "a@remote.example").state, RBF_WAITING);
	assert_row_int("not named", row_of(w, "m", "b@remote.example").state, RBF_WAITING);
	assert_row_int("counted", row_of(w, "m", "b@remote.example").attempts, 1);
	assert_true(row_of(w, "m", "b@remote.example").past_host);
	assert_row_int("other message", row_of(w, "n", "c@remote.example").state, RBF_OPEN);
	assert_row_int("other provider", row_of(w, "m", "d@elsewhere.example").state, RBF_OPEN);
}

static void test_a_failed_host_and_then_the_message(void **state)
{
	world *w = *state;
	gate(w, "m", "a@remote.example");
	gate(w, "m", "b@remote.example");
	report(w, REBUFF_KIND_HOST_DEFER, REBUFF_STAGE_CONNECT, "m", "a@remote.example",
		"Connection refused");
	pass(w, 1000);
	report(w, REBUFF_KIND_MESSAGE_DEFER, REBUFF_STAGE_CONNECT, "m", "a@remote.example",
		"Connection refused");
	rbf_delivery b = row_of(w, "m", "b@remote.example");
	assert_row_int("attempts", b.attempts, 1);
	assert_row_int("closed by the message", b.closed_kind, REBUFF_KIND_MESSAGE_DEFER);
	assert_row_int("one event each", number(w, "SELECT count(*) FROM event"), 2);
	/* What the next host then did is told one by one. */
	report(w, REBUFF_KIND_DELIVERED, REBUFF_STAGE_DOT, "m", "b@remote.example", "250 OK");
	assert_row_int("delivered", row_of(w, "m", "b@remote.example").state, RBF_DELIVERED);
	assert_row_int("still one each", number(w, "SELECT count(*) FROM event"), 2);
}

static void test_a_refusal_is_of_one(void **state)
{
	world *w = *state;
	gate(w, "m", "a@remote.example");
	gate(w, "m", "b@remote.example");
	refuse(w, "m", "a@remote.example", DEAD);
	assert_row_int("refused", row_of(w, "m", "a@remote.example").state, RBF_FAILED);
	assert_row_int("open", row_of(w, "m", "b@remote.example").state, RBF_OPEN);
}

/* Exim lowers $local_part in events, not at the gate; quotes come and go. */
static void test_the_recipient_is_joined_in_every_form(void **state)
{
	static const char *const forms[] = {
		"Lucy@Remote.Example", "\"lucy\"@remote.example", "<lucy@remote.example.>"};
	world *w = *state;
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		char id[16];
		snprintf(id, sizeof id, "m%zu", i);
		gate(w, id, forms[i]);
		defer(w, id, "lucy@remote.example", BUSY);
		assert_row_int(forms[i], row_of(w, id, "lucy@remote.example").state, RBF_WAITING);
	}
	assert_row_int("rows", number(w, "SELECT count(*) FROM delivery"), 3);
}

/* With a smarthost every result names the smarthost: the provider stays the recipient's. */
static void test_the_provider_is_the_recipients(void **state)
{
	world *w = *state;
	rebuff_error err;
	rebuff_gate_request r = asking("m", "a@somewhere.example");
	r.mx = RBF_LIT("aspmx.l.google.com:alt1.aspmx.l.google.com");
	rebuff_begin(w->ctx, &err);
	rebuff_record_go(w->ctx, &r, &err);
	rebuff_commit(w->ctx, &err);
	assert_string_equal(row_of(w, "m", "a@somewhere.example").provider, "gmail");
	rebuff_outcome o = defer(w, "m", "a@somewhere.example", BUSY);
	assert_string_equal(o.reply.provider, "gmail");
	assert_string_equal(row_of(w, "m", "a@somewhere.example").provider, "gmail");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sequences),
		TEST(test_a_deferral_of_all_closes_those_that_are_open_there),
		TEST(test_a_failed_host_and_then_the_message),
		TEST(test_a_refusal_is_of_one),
		TEST(test_the_recipient_is_joined_in_every_form),
		TEST(test_the_provider_is_the_recipients),
	};
	return cmocka_run_group_tests_name("engine/attempts", tests, NULL, NULL);
}
