/* test_files.c - policy files as they lie on the disk: what cannot be read says why. */
#include "unit.h"

#include "script/files.h"

#include "files.h"
#include "oom.h"

enum { MIB = 1 << 20 };

static void test_read(void **state)
{
	static const struct {
		const char *name, *file;
		size_t size;
		rebuff_status want;
		const char *says;
	} rows[] = {
		{"short", "a.lua", 5, REBUFF_OK, ""},
		{"empty", "b.lua", 0, REBUFF_OK, ""},
		{"a MiB", "c.lua", MIB, REBUFF_OK, ""},
		{"a byte more", "d.lua", MIB + 1, REBUFF_ELIMIT,
			"d.lua: over 1 MiB, expected a policy file"},
		{"a folder", "providers", SIZE_MAX, REBUFF_EIO, "providers: Is a directory"},
		{"not there", "none.lua", SIZE_MAX, REBUFF_ENOENT,
			"none.lua: No such file or directory"},
		{"below a file", "a.lua/x.lua", SIZE_MAX, REBUFF_ENOENT,
			"a.lua/x.lua: Not a directory"},
	};
	static char bytes[MIB + 1];
	folder f;
	(void)state;
	memset(bytes, 'x', sizeof bytes);
	folder_make(&f);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		rebuff_error err = {0};
		char path[256], *text;
		size_t len = 0;
		if (rows[i].size != SIZE_MAX)
			folder_write(&f, rows[i].file, bytes, rows[i].size);
		(void)snprintf(path, sizeof path, "%s/%s", f.dir, rows[i].file);
		assert_row_int(rows[i].name, rbf_file_read(path, &text, &len, &err), rows[i].want);
		if (rows[i].want == REBUFF_OK)
			assert_row_int(rows[i].name, len, rows[i].size);
		else
			assert_row_str(rows[i].name, err.text + strlen(f.dir) + 1, rows[i].says);
		free(text);
	}
	folder_remove(&f);
}

static void test_list(void **state)
{
	rebuff_error err = {0};
	rbf_listing all;
	folder f;
	(void)state;
	folder_make(&f);
	static const char *const names[] = {"b.lua", "a.LUA", ".hidden.lua", "c.lua~", "d.txt"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		folder_write(&f, names[i], "", 0);
	assert_int_equal(rbf_folder_list(f.dir, &all, &err), REBUFF_OK);
	assert_int_equal(all.n, 2);
	assert_string_equal(all.names[0], "a.LUA");
	assert_string_equal(all.names[1], "b.lua");
	free(all.names);
	assert_int_equal(rbf_folder_list("/nowhere/at/all", &all, &err), REBUFF_OK);
	assert_int_equal(all.n, 0);
	for (int i = 0; i < 999; i++) {
		char name[32];
		(void)snprintf(name, sizeof name, "more%04d.lua", i);
		folder_write(&f, name, "", 0);
	}
	assert_int_equal(rbf_folder_list(f.dir, &all, &err), REBUFF_ELIMIT);
	assert_string_equal(err.text + strlen(f.dir), ": over 1000 files");
	free(all.names);
	folder_remove(&f);
}

static void test_no_memory(void **state)
{
	rebuff_error err = {0};
	char path[256], *text;
	size_t len;
	rbf_listing all;
	folder f;
	(void)state;
	folder_make(&f);
	folder_write(&f, "a.lua", "x", 1);
	(void)snprintf(path, sizeof path, "%s/a.lua", f.dir);
	oom_at(1);
	assert_int_equal(rbf_file_read(path, &text, &len, &err), REBUFF_ENOMEM);
	assert_true(oom_stop());
	assert_null(text);
	oom_at(1);
	assert_int_equal(rbf_folder_list(f.dir, &all, &err), REBUFF_ENOMEM);
	assert_true(oom_stop());
	folder_remove(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_read), cmocka_unit_test(test_list),
		cmocka_unit_test(test_no_memory)};
	return cmocka_run_group_tests_name("script/files", tests, NULL, NULL);
}
