/*
 * rebuff_exim.c - rebuff-exim.so: what runs inside Exim's processes, as local_scan() and as
 * ${dlfunc}. It may be root; it may never crash, block for long, or say anything but OK: Exim
 * defers mail on every other word. docs/exim.md tells where each function is called.
 */
#define LOCAL_SCAN
#define DLFUNC_IMPL
#include <local_scan.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "exim/ask.h"

#define RBX_EXPORT __attribute__((visibility("default")))

exim_dlfunc_t rebuff_event RBX_EXPORT;
exim_dlfunc_t rebuff_gate RBX_EXPORT;
exim_dlfunc_t rebuff_suppressed RBX_EXPORT;
exim_dlfunc_t rebuff_return_path RBX_EXPORT;
int local_scan_version_major(void) RBX_EXPORT;
int local_scan_version_minor(void) RBX_EXPORT;

/* One a process, as Exim has no place to keep it for us; a child of fork opens its own connection.
 */
static struct {
	rbx_engine engine;
	bool initialised;
	bool complained;
	int handed_over; /* see hand_over */
} process = {.handed_over = -1};

static rbx_engine *engine(void)
{
	if (!process.initialised)
		rbx_engine_init(&process.engine);
	process.initialised = true;
	return &process.engine;
}

/* Once a process: a delivery that could not ask says so, and why. */
static void complain(void)
{
	if (!process.complained)
		log_write(0, LOG_MAIN, "rebuff: %s; mail goes on as without rebuff",
			process.engine.client.problem);
	process.complained = true;
}

/* Exim's arguments as ours, "" for each that is missing. */
static void take_args(char **to, int n, int argc, uschar *argv[])
{
	static char none[] = "";
	for (int i = 0; i < n; i++)
		to[i] = i < argc && argv[i] ? (char *)argv[i] : none;
}

/* ---- dlfunc ------------------------------------------------------------------------------- */

int rebuff_event(uschar **yield, int argc, uschar *argv[])
{
	char *args[RBX_EVENT_ARGS], lost[RBX_LOST_MAX];
	take_args(args, RBX_EVENT_ARGS, argc, argv);
	*yield = US "";
	if (rbx_tell_event(engine(), args, lost) == RBX_LOST && lost[0])
		log_write(0, LOG_MAIN, "rebuff lost %s", lost);
	return OK;
}

/* Read /proc/self/cmdline: Exim delivers `-M ID` in the process that was started so. */
static bool forced(const char *id)
{
	char cmdline[4096];
	int fd = rbf_client_open_to_pass("/proc/self/cmdline");
	if (fd < 0)
		return false;
	ssize_t n = read(fd, cmdline, sizeof cmdline);
	close(fd);
	return n > 0 && rbx_is_forced(cmdline, (size_t)n, id);
}

int rebuff_gate(uschar **yield, int argc, uschar *argv[])
{
	char *args[RBX_GATE_ARGS], text[RBX_ANSWER_MAX];
	take_args(args, RBX_GATE_ARGS, argc, argv);
	engine()->forced = forced(args[3]);
	char *answer = rbx_ask_gate(engine(), args, text);
	if (answer == args[6])
		complain();
	/* Exim's own string goes back as it is: a copy would make a tainted address look clean. */
	*yield = answer == text ? string_copy(CUS text) : US answer;
	return OK;
}

int rebuff_suppressed(uschar **yield, int argc, uschar *argv[])
{
	char *args[RBX_SUBMIT_ARGS], answer[RBX_ANSWER_MAX];
	take_args(args, RBX_SUBMIT_ARGS, argc, argv);
	if (!rbx_ask_submit(engine(), args, answer))
		complain();
	*yield = string_copy(CUS answer);
	return OK;
}

int rebuff_return_path(uschar **yield, int argc, uschar *argv[])
{
	char *args[RBX_PATH_ARGS], text[RBX_ANSWER_MAX];
	take_args(args, RBX_PATH_ARGS, argc, argv);
	char *path = rbx_ask_return_path(engine(), args, text);
	*yield = path == text ? string_copy(CUS text) : US path;
	return OK;
}

/* ---- local_scan --------------------------------------------------------------------------- */

int local_scan_version_major(void)
{
	return LOCAL_SCAN_ABI_VERSION_MAJOR;
}

int local_scan_version_minor(void)
{
	return LOCAL_SCAN_ABI_VERSION_MINOR;
}

/* Append what fits whole. */
static bool append(char *to, size_t cap, size_t *len, const char *text)
{
	size_t n = strlen(text);
	if (n >= cap - *len)
		return false;
	memcpy(to + *len, text, n + 1);
	*len += n;
	return true;
}

static size_t collect_headers(char *to, size_t cap)
{
	size_t len = 0;
	to[0] = '\0';
	for (const header_line *h = header_list; h; h = h->next) {
		/* Type '*' is a header that was replaced and is kept for the log only. */
		if (h->type != '*' && h->text && !append(to, cap, &len, (const char *)h->text))
			break;
	}
	return len;
}

static void collect_recipients(char *to, size_t cap)
{
	size_t len = 0;
	to[0] = '\0';
	for (int i = 0; i < recipients_count; i++) {
		size_t before = len;
		if ((i && !append(to, cap, &len, ",")) ||
			!append(to, cap, &len, (const char *)recipients_list[i].address)) {
			to[before] = '\0';
			break;
		}
	}
}

/*
 * The spool file for the engine to read: opened anew, read only, because a duplicate would share
 * Exim's offset and its right to write. It stays open until the next message: Exim holds a POSIX
 * lock on this file, and closing any descriptor of a file gives up the process's locks on it.
 */
static int hand_over(int fd, int64_t *size)
{
	char path[32];
	struct stat st;
	off_t body = lseek(fd, 0, SEEK_CUR);
	if (process.handed_over >= 0)
		close(process.handed_over);
	process.handed_over = -1;
	if (body < 0 || fstat(fd, &st) != 0)
		return -1;
	*size += st.st_size - body;
	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	process.handed_over = rbf_client_open_to_pass(path);
	if (process.handed_over >= 0)
		(void)lseek(process.handed_over, body, SEEK_SET);
	return process.handed_over;
}

/* Hand messages with an empty sender that came from another host to the engine, as evidence. Exim's
 * own bounces have no host: what they say is known from the events. */
int local_scan(int fd, uschar **return_text)
{
	static char headers[RBF_WIRE_VALUE_MAX], recipients[RBX_TEXT_MAX];
	static char dkim[RBX_DKIM_MAX], refusal[RBX_ANSWER_MAX];
	if (!sender_address || sender_address[0] || !sender_host_address || !sender_host_address[0])
		return LOCAL_SCAN_ACCEPT;
	rbx_message m = {.id = (const char *)message_id,
		.recipients = recipients,
		.client_ip = (const char *)sender_host_address,
		.client_name = sender_host_name ? (const char *)sender_host_name : "",
		.dkim = dkim,
		.headers = headers};
	m.headers_len = collect_headers(headers, sizeof headers);
	m.size_bytes = (int64_t)m.headers_len;
	collect_recipients(recipients, sizeof recipients);
	m.fd = hand_over(fd, &m.size_bytes);
	const uschar *verified = expand_string(US "${authresults{rebuff}}");
	rbx_dkim_passed(verified ? (const char *)verified : "", dkim);
	if (!rbx_tell_message(engine(), &m, refusal))
		complain();
	if (!refusal[0])
		return LOCAL_SCAN_ACCEPT;
	*return_text = string_copy(CUS refusal);
	return LOCAL_SCAN_REJECT;
}
