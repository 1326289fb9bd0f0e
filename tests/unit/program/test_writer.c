#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "program/serve/writer.h"

/* A store whose disk can be told to stand still or to fail; what the writer thread shares with the
 * test is guarded by `lock`. rebuff_ctx is opaque: this is what the writer hands around as one. */
typedef struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool hold; /* begin waits */
	bool held; /* it does so now */
	unsigned failing; /* so many commits fail */
	unsigned begun, committed;
	unsigned in_group, largest;
} disk;

static disk *disk_of(rebuff_ctx *ctx)
{
	return (disk *)(void *)ctx;
}

static rebuff_status begin(rebuff_ctx *ctx, rebuff_error *err)
{
	disk *d = disk_of(ctx);
	(void)err;
	pthread_mutex_lock(&d->lock);
	d->begun++;
	d->in_group = 0;
	while (d->hold) {
		d->held = true;
		pthread_cond_broadcast(&d->changed);
		pthread_cond_wait(&d->changed, &d->lock);
	}
	d->held = false;
	pthread_mutex_unlock(&d->lock);
	return REBUFF_OK;
}

static rebuff_status commit(rebuff_ctx *ctx, rebuff_error *err)
{
	disk *d = disk_of(ctx);
	pthread_mutex_lock(&d->lock);
	bool fail = d->failing > 0;
	if (fail) {
		d->failing--;
		err->status = REBUFF_ESTORE;
		snprintf(err->text, sizeof err->text, "disk full");
	} else {
		d->committed++;
	}
	if (d->in_group > d->largest)
		d->largest = d->in_group;
	pthread_mutex_unlock(&d->lock);
	return fail ? REBUFF_ESTORE : REBUFF_OK;
}

typedef struct {
	job job; /* first */
	int number;
	bool refuse; /* the change itself fails */
	unsigned applied;
	int *order, *order_n; /* numbers in the order of `done` */
	rebuff_status status;
	char problem[256];
} change;

static rebuff_status apply(job *j, rebuff_ctx *ctx, rebuff_error *err)
{
	change *c = (change *)j;
	disk *d = disk_of(ctx);
	c->applied++;
	pthread_mutex_lock(&d->lock);
	d->in_group++;
	pthread_mutex_unlock(&d->lock);
	if (!c->refuse)
		return REBUFF_OK;
	snprintf(err->text, sizeof err->text, "bad address");
	return REBUFF_EPARSE;
}

static void done(job *j)
{
	change *c = (change *)j;
	c->order[(*c->order_n)++] = c->number;
	c->status = j->status;
	memcpy(c->problem, j->problem, sizeof c->problem);
}

typedef struct {
	disk disk;
	logger *log;
	writer *writer;
	int order[10000], order_n;
	change changes[10000];
} fixture;

static int set_up(void **state)
{
	static const writer_store store = {begin, commit};
	rebuff_error err;
	fixture *f = calloc(1, sizeof *f);
	assert_non_null(f);
	pthread_mutex_init(&f->disk.lock, NULL);
	pthread_cond_init(&f->disk.changed, NULL);
	f->log = logger_new(false, REBUFF_LOG_ERROR);
	f->writer = writer_start((rebuff_ctx *)(void *)&f->disk, store, f->log, &err);
	assert_non_null(f->writer);
	*state = f;
	return 0;
}

static void hold(fixture *f, bool on)
{
	pthread_mutex_lock(&f->disk.lock);
	f->disk.hold = on;
	pthread_cond_broadcast(&f->disk.changed);
	pthread_mutex_unlock(&f->disk.lock);
}

/* Until the writer stands in begin. */
static void wait_held(fixture *f)
{
	pthread_mutex_lock(&f->disk.lock);
	while (!f->disk.held)
		pthread_cond_wait(&f->disk.changed, &f->disk.lock);
	pthread_mutex_unlock(&f->disk.lock);
}

static int tear_down(void **state)
{
	fixture *f = *state;
	hold(f, false);
	writer_stop(&f->writer);
	logger_free(&f->log);
	pthread_cond_destroy(&f->disk.changed);
	pthread_mutex_destroy(&f->disk.lock);
	free(f);
	return 0;
}

static bool add(fixture *f, int number, bool promised)
{
	change *c = &f->changes[number];
	c->job = (job){.apply = apply, .done = done, .promised = promised, .bytes = 100};
	c->number = number;
	c->order = f->order;
	c->order_n = &f->order_n;
	return writer_add(f->writer, &c->job);
}

static void wait_done(fixture *f, int n)
{
	while (f->order_n < n) {
		struct pollfd p = {.fd = writer_fd(f->writer), .events = POLLIN};
		assert_int_equal(poll(&p, 1, 10000), 1);
		writer_collect(f->writer);
	}
}

static void test_many_changes_make_one_group(void **state)
{
	fixture *f = *state;
	hold(f, true);
	assert_true(add(f, 0, false));
	wait_held(f);
	for (int i = 1; i <= 100; i++)
		assert_true(add(f, i, false));
	hold(f, false);
	wait_done(f, 101);
	assert_int_equal(f->disk.committed, 2);
	assert_int_equal(f->disk.largest, 100);
	for (int i = 0; i <= 100; i++)
		assert_int_equal(f->order[i], i);
}

static void test_group_is_bounded(void **state)
{
	fixture *f = *state;
	hold(f, true);
	assert_true(add(f, 0, false));
	wait_held(f);
	for (int i = 1; i <= WRITER_GROUP_MAX + 1; i++)
		assert_true(add(f, i, false));
	hold(f, false);
	wait_done(f, WRITER_GROUP_MAX + 2);
	assert_int_equal(f->disk.largest, WRITER_GROUP_MAX);
	assert_int_equal(f->disk.committed, 3);
}

static void test_full_queue_refuses_at_once(void **state)
{
	fixture *f = *state;
	writer_health health;
	hold(f, true);
	for (int i = 0; i < WRITER_JOBS_MAX; i++)
		assert_true(add(f, i, false));
	assert_false(add(f, WRITER_JOBS_MAX, false));
	writer_get_health(f->writer, &health);
	assert_int_equal(health.depth, WRITER_JOBS_MAX);
	assert_int_equal(health.bytes, WRITER_JOBS_MAX * 100);
	assert_int_equal(health.refused, 1);
	hold(f, false);
	wait_done(f, WRITER_JOBS_MAX);
	assert_true(add(f, WRITER_JOBS_MAX, false));
	wait_done(f, WRITER_JOBS_MAX + 1);
}

static void test_bytes_are_bounded(void **state)
{
	fixture *f = *state;
	hold(f, true);
	assert_true(add(f, 0, false));
	f->changes[1].job = (job){.apply = apply, .done = done, .bytes = WRITER_BYTES_MAX};
	assert_false(writer_add(f->writer, &f->changes[1].job));
	hold(f, false);
	wait_done(f, 1);
}

static void test_failing_change_fails_alone(void **state)
{
	fixture *f = *state;
	f->changes[1].refuse = true;
	for (int i = 0; i < 3; i++)
		assert_true(add(f, i, false));
	wait_done(f, 3);
	assert_int_equal(f->changes[0].status, REBUFF_OK);
	assert_int_equal(f->changes[1].status, REBUFF_EPARSE);
	assert_string_equal(f->changes[1].problem, "bad address");
	assert_int_equal(f->changes[2].status, REBUFF_OK);
}

static void test_failing_disk_fails_who_waits_and_keeps_what_was_promised(void **state)
{
	fixture *f = *state;
	hold(f, true);
	f->disk.failing = 1;
	assert_true(add(f, 0, true));
	wait_held(f);
	hold(f, false);
	assert_true(add(f, 1, false));
	wait_done(f, 2);
	assert_int_equal(f->changes[0].status, REBUFF_OK);
	assert_int_equal(f->changes[0].applied, 2);
	assert_int_equal(f->changes[1].status, REBUFF_OK);
	f->disk.failing = 1;
	assert_true(add(f, 2, false));
	wait_done(f, 3);
	assert_int_equal(f->changes[2].status, REBUFF_ESTORE);
	assert_string_equal(f->changes[2].problem, "disk full");
}

static void test_promised_change_is_tried_again_by_itself(void **state)
{
	fixture *f = *state;
	f->disk.failing = 1;
	assert_true(add(f, 0, true));
	wait_done(f, 1);
	assert_int_equal(f->changes[0].status, REBUFF_OK);
	assert_int_equal(f->changes[0].applied, 2);
}

static void test_stop_writes_what_is_queued(void **state)
{
	fixture *f = *state;
	hold(f, true);
	assert_true(add(f, 0, false));
	wait_held(f);
	for (int i = 1; i < 2000; i++)
		assert_true(add(f, i, i % 2 == 0));
	hold(f, false);
	writer_stop(&f->writer);
	assert_null(f->writer);
	assert_int_equal(f->order_n, 2000);
	for (int i = 0; i < 2000; i++)
		assert_int_equal(f->changes[i].status, REBUFF_OK);
}

static void test_stop_ends_though_the_disk_fails(void **state)
{
	fixture *f = *state;
	int quiet = dup(2), null = open("/dev/null", O_WRONLY);
	dup2(null, 2); /* it says what is lost */
	f->disk.failing = 1000;
	assert_true(add(f, 0, true));
	assert_true(add(f, 1, false));
	writer_stop(&f->writer);
	dup2(quiet, 2);
	close(quiet);
	close(null);
	assert_int_equal(f->order_n, 2);
	assert_int_equal(f->changes[0].status, REBUFF_ESTORE);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_many_changes_make_one_group),
		TEST(test_group_is_bounded),
		TEST(test_full_queue_refuses_at_once),
		TEST(test_bytes_are_bounded),
		TEST(test_failing_change_fails_alone),
		TEST(test_failing_disk_fails_who_waits_and_keeps_what_was_promised),
		TEST(test_promised_change_is_tried_again_by_itself),
		TEST(test_stop_writes_what_is_queued),
		TEST(test_stop_ends_though_the_disk_fails),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
