/* test_replay.c - what is recorded is played through two policies, and what differs is told; and
 * what is known of an address or a message is told with what would change it. */
#include "world.h"

#include "../script/files.h"

#define UNKNOWN "550 5.1.1 User unknown"
#define FULL "552 5.2.2 Mailbox full"
#define GREY "451 4.7.1 Greylisted, please try again later"

typedef struct {
	folder f;
	char state[128], old_dir[128], new_dir[128];
	world w;
} history;

static void write_policy(const char *dir, const char *lua)
{
	folder at;
	snprintf(at.dir, sizeof at.dir, "%.90s", dir);
	folder_write(&at, "defaults.lua", lua, strlen(lua));
}

/* Forty recipients: one greylisted message each, one accepted, two unknown users, three full ones.
 */
static void record(history *h)
{
	char id[32], address[64];
	for (int i = 0; i < 40; i++) {
		snprintf(id, sizeof id, "m%d", i);
		snprintf(address, sizeof address, "r%d@remote.example", i);
		defer(&h->w, id, address, GREY);
		pass(&h->w, 5 * minute);
		report(&h->w, REBUFF_KIND_DELIVERED, REBUFF_STAGE_DOT, id, address, "250 ok");
		pass(&h->w, 10 * minute);
	}
	refuse(&h->w, "u1", "unknown1@remote.example", UNKNOWN);
	pass(&h->w, hour);
	refuse(&h->w, "u2", "unknown2@remote.example", UNKNOWN);
	for (int i = 0; i < 2; i++) {
		pass(&h->w, day);
		snprintf(id, sizeof id, "f%d", i);
		refuse(&h->w, id, "full@remote.example", FULL);
	}
}

static void begin(history *h)
{
	rebuff_error err = {0};
	*h = (history){.w = {.wall = 1800000000000, .boot = 1000000}};
	folder_make(&h->f);
	snprintf(h->state, sizeof h->state, "%s/state.db", h->f.dir);
	snprintf(h->old_dir, sizeof h->old_dir, "%s/old", h->f.dir);
	snprintf(h->new_dir, sizeof h->new_dir, "%s/new", h->f.dir);
	mkdir(h->old_dir, 0700);
	mkdir(h->new_dir, 0700);
	rebuff_options o = {.size = sizeof o,
		.data_dir = "lua",
		.config_dir = "",
		.state_file = h->state,
		.clock = {.ud = &h->w, .wall_ms = wall_ms, .boot_ms = boot_ms}};
	if (rebuff_open(&o, &h->w.ctx, &err) != REBUFF_OK)
		fail_msg("%s", err.text);
	record(h);
}

static void end(history *h)
{
	rebuff_close(&h->w.ctx);
	folder_remove(&h->f);
}

typedef struct {
	size_t examples;
	rebuff_example last;
	char listed[256];
} told;

static void note_example(void *ud, const rebuff_example *e)
{
	told *t = ud;
	t->examples++;
	t->last = *e;
}

static void note_listed(void *ud, bool appears, const char *address)
{
	told *t = ud;
	size_t n = strlen(t->listed);
	snprintf(t->listed + n, sizeof t->listed - n, "%c%s ", appears ? '+' : '-', address);
}

static rebuff_replayed diff(history *h, told *t)
{
	rebuff_replayed r;
	rebuff_error err = {0};
	rebuff_options o = {.size = sizeof o, .data_dir = "lua", .state_file = h->state};
	const rebuff_replay replay = {.size = sizeof replay,
		.options = &o,
		.old_dir = h->old_dir,
		.new_dir = h->new_dir,
		.to_ms = h->w.wall + 1,
		.examples = 3,
		.ud = t,
		.example = note_example,
		.listed = note_listed};
	*t = (told){.examples = 0};
	if (rebuff_policy_diff(&replay, &r, &err) != REBUFF_OK)
		fail_msg("%s", err.text);
	return r;
}

static const struct {
	const char *lua;
	rebuff_difference kind;
	uint64_t n, appear, vanish;
	const char *listed, *before, *after;
} changes[] = {
	{"", REBUFF_DIFFER_NEXT, 0, 0, 0, "", "", ""},
	{"rebuff.default.retry['greylisted'] = { first = '7m' }", REBUFF_DIFFER_NEXT, 40, 0, 0, "",
		"greylisted: again in 300 s", "greylisted: again in 420 s"},
	{"rebuff.default.suppress['address-bad'] = false", REBUFF_DIFFER_SPARED, 2, 0, 2,
		"-unknown1@remote.example -unknown2@remote.example ",
		"address-bad: bounced, suppressed", "address-bad: bounced"},
	{"rebuff.default.soft = { after = 2 }", REBUFF_DIFFER_SUPPRESSED, 1, 1, 0,
		"+full@remote.example ", "mailbox-full: bounced",
		"mailbox-full: bounced, suppressed"},
	{"rebuff.rules:add { text = 'greylisted', category = 'system-error' }",
		REBUFF_DIFFER_MEANING, 40, 0, 0, "", "greylisted: again in 300 s",
		"system-error: again in 900 s"},
	{"function rebuff.default.decide(e, d) if e.category == 'greylisted' then return "
	 "d:bounce() end end",
		REBUFF_DIFFER_FATE, 40, 0, 0, "", "greylisted: again in 300 s",
		"greylisted: given up"},
};

static void test_what_would_differ(void **state)
{
	history h;
	(void)state;
	begin(&h);
	for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
		told t;
		write_policy(h.new_dir, changes[i].lua);
		rebuff_replayed r = diff(&h, &t);
		assert_row_int(changes[i].lua, r.attempts, 84);
		assert_row_int(changes[i].lua, r.changed, changes[i].n);
		assert_row_int(changes[i].lua, r.by_kind[changes[i].kind], changes[i].n);
		assert_row_int(changes[i].lua, r.appear, changes[i].appear);
		assert_row_int(changes[i].lua, r.vanish, changes[i].vanish);
		assert_row_str(changes[i].lua, t.listed, changes[i].listed);
		assert_row_int(changes[i].lua, t.examples, changes[i].n < 3 ? changes[i].n : 3);
		assert_row_str(changes[i].lua, t.last.before, changes[i].before);
		assert_row_str(changes[i].lua, t.last.after, changes[i].after);
	}
	end(&h);
}

static void test_history_is_only_read(void **state)
{
	history h;
	told t;
	(void)state;
	begin(&h);
	int64_t events = number(&h.w, "SELECT count(*) FROM event");
	(void)diff(&h, &t);
	assert_int_equal(number(&h.w, "SELECT count(*) FROM event"), events);
	assert_int_equal(number(&h.w, "SELECT count(*) FROM suppression"), 2);
	end(&h);
}

/* ---- explanations -------------------------------------------------------------------------- */

static void gather(void *ud, const char *what, const char *text)
{
	char *all = ud;
	size_t n = strlen(all);
	snprintf(all + n, 8192 - n, "%s: %s\n", what, text);
}

static void test_an_address_is_explained(void **state)
{
	static const struct {
		const char *address, *want[4];
	} rows[] = {
		{"unknown1@remote.example",
			{"suppressed: bounce, address-bad, for all mail since ",
				"reply: 550 5.1.1 User unknown",
				"undo: rebuff suppress remove unknown1@remote.example; or wait",
				"rule: "}},
		{"FULL@REMOTE.example",
			{"suppressed: no", "counted: 2 soft and 0 hard",
				"limit: 3 soft findings within 30 days suppress it for 30 days "
				"(schema.lua:",
				""}},
		{"nobody@remote.example", {"suppressed: no", "", "", ""}},
	};
	history h;
	(void)state;
	begin(&h);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char all[8192] = "";
		rebuff_error err = {0};
		if (rebuff_explain_address(
			    h.w.ctx, rbf_span_of(rows[i].address), gather, all, &err) != REBUFF_OK)
			fail_msg("%s", err.text);
		for (int k = 0; k < 4; k++)
			if (!strstr(all, rows[i].want[k]))
				fail_msg("%s: no \"%s\" in:\n%s", rows[i].address, rows[i].want[k],
					all);
	}
	end(&h);
}

static void test_a_message_is_explained(void **state)
{
	history h;
	char all[8192] = "";
	rebuff_error err = {0};
	(void)state;
	begin(&h);
	defer(&h.w, "late", "a@remote.example", GREY);
	assert_int_equal(
		rebuff_explain_message(h.w.ctx, RBF_LIT("late"), gather, all, &err), REBUFF_OK);
	assert_non_null(strstr(all,
		"recipient: a@remote.example at remote.example, stream "
		"sender.example: waits until "));
	assert_non_null(strstr(all, "reply: 451 4.7.1 Greylisted"));
	assert_int_equal(
		rebuff_explain_message(h.w.ctx, RBF_LIT("none"), gather, all, &err), REBUFF_ENOENT);
	end(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_would_differ),
		cmocka_unit_test(test_history_is_only_read),
		cmocka_unit_test(test_an_address_is_explained),
		cmocka_unit_test(test_a_message_is_explained),
	};
	return cmocka_run_group_tests_name("replay", tests, NULL, NULL);
}
