#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "client/follow.h"

/* A log in a folder of its own, and who follows it. */
typedef struct {
	char folder[64], log[96], rotated[96], place[96];
	rbf_follow follow;
} world;

static int begin(void **state)
{
	world *w = calloc(1, sizeof *w);
	(void)snprintf(w->folder, sizeof w->folder, "/tmp/rebuff-follow-XXXXXX");
	assert_non_null(mkdtemp(w->folder));
	(void)snprintf(w->log, sizeof w->log, "%s/log", w->folder);
	(void)snprintf(w->rotated, sizeof w->rotated, "%s/log.1", w->folder);
	(void)snprintf(w->place, sizeof w->place, "%s/place", w->folder);
	w->follow.fd = -1;
	*state = w;
	return 0;
}

static int end(void **state)
{
	world *w = *state;
	rbf_follow_close(&w->follow);
	(void)unlink(w->log);
	(void)unlink(w->rotated);
	(void)unlink(w->place);
	assert_int_equal(rmdir(w->folder), 0);
	free(w);
	return 0;
}

static void append(const char *file, const char *text, size_t len)
{
	int fd = open(file, O_WRONLY | O_CREAT | O_APPEND, 0600);
	assert_int_equal(write(fd, text, len), (ssize_t)len);
	close(fd);
}

#define APPEND(file, text) append((file), (text), sizeof(text) - 1)

static void expect(world *w, const char *want)
{
	size_t len = 0;
	const char *got = rbf_follow_next(&w->follow, &len);
	assert_string_equal(got ? got : "(nothing)", want);
}

static void test_grows(void **state)
{
	world *w = *state;
	APPEND(w->log, "before\n");
	rbf_follow_init(&w->follow, w->log, NULL);
	expect(w, "(nothing)");
	APPEND(w->log, "one\ntw");
	expect(w, "one");
	expect(w, "(nothing)");
	APPEND(w->log, "o\n\nthree\n");
	expect(w, "two");
	expect(w, "");
	expect(w, "three");
	expect(w, "(nothing)");
}

static void test_appears_later(void **state)
{
	world *w = *state;
	rbf_follow_init(&w->follow, w->log, NULL);
	expect(w, "(nothing)");
	APPEND(w->log, "first\n");
	expect(w, "first");
}

static void test_rotated(void **state)
{
	world *w = *state;
	APPEND(w->log, "");
	rbf_follow_init(&w->follow, w->log, NULL);
	APPEND(w->log, "old\n");
	assert_int_equal(rename(w->log, w->rotated), 0);
	APPEND(w->rotated, "still old\n");
	APPEND(w->log, "new\n");
	expect(w, "old");
	expect(w, "still old");
	expect(w, "new");
	expect(w, "(nothing)");
}

static void test_truncated(void **state)
{
	world *w = *state;
	APPEND(w->log, "");
	rbf_follow_init(&w->follow, w->log, NULL);
	APPEND(w->log, "a long line of the old times\n");
	expect(w, "a long line of the old times");
	assert_int_equal(truncate(w->log, 0), 0);
	expect(w, "(nothing)");
	APPEND(w->log, "new\n");
	expect(w, "new");
}

static void test_goes_on_after_a_restart(void **state)
{
	world *w = *state;
	rbf_follow_place place;
	APPEND(w->log, "one\ntwo\n");
	rbf_follow_init(&w->follow, w->log, NULL);
	APPEND(w->log, "three\nfour\n");
	expect(w, "three");
	assert_true(rbf_follow_save(w->place, &w->follow.place));
	rbf_follow_close(&w->follow);
	assert_true(rbf_follow_load(w->place, &place));
	rbf_follow_init(&w->follow, w->log, &place);
	expect(w, "four");
	expect(w, "(nothing)");
}

static void test_goes_on_in_the_rotated_file(void **state)
{
	world *w = *state;
	APPEND(w->log, "");
	rbf_follow_init(&w->follow, w->log, NULL);
	APPEND(w->log, "one\ntwo\n");
	expect(w, "one");
	rbf_follow_place place = w->follow.place;
	rbf_follow_close(&w->follow);
	assert_int_equal(rename(w->log, w->rotated), 0);
	APPEND(w->log, "three\n");
	rbf_follow_init(&w->follow, w->log, &place);
	expect(w, "two");
	expect(w, "three");
	expect(w, "(nothing)");
}

static void test_starts_over_when_its_place_is_gone(void **state)
{
	world *w = *state;
	APPEND(w->log, "short\n");
	const rbf_follow_place place = {1, 2, 3};
	rbf_follow_init(&w->follow, w->log, &place);
	expect(w, "short");
	assert_false(rbf_follow_load(w->place, &(rbf_follow_place){0, 0, 0}));
}

static void test_long_line_is_cut(void **state)
{
	world *w = *state;
	size_t big = RBF_FOLLOW_LINE_MAX * 2 + 5, len = 0;
	char *text = malloc(big);
	memset(text, 'x', big);
	text[big - 1] = '\n';
	APPEND(w->log, "");
	rbf_follow_init(&w->follow, w->log, NULL);
	append(w->log, text, big);
	APPEND(w->log, "next\n");
	assert_non_null(rbf_follow_next(&w->follow, &len));
	assert_int_equal(len, RBF_FOLLOW_LINE_MAX);
	expect(w, "next");
	free(text);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_grows),
		CASE(test_appears_later),
		CASE(test_rotated),
		CASE(test_truncated),
		CASE(test_goes_on_after_a_restart),
		CASE(test_goes_on_in_the_rotated_file),
		CASE(test_starts_over_when_its_place_is_gone),
		CASE(test_long_line_is_cut),
	};
	return cmocka_run_group_tests_name("client/follow", tests, NULL, NULL);
}
