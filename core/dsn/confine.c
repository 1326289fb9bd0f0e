#define _DEFAULT_SOURCE /* setgroups, syscall numbers */
#include "dsn/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define DENY BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM)
#define ALLOW BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
#define LOAD(member) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, member))
#define DENY_CALL(number) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (number), 0, 1), DENY
/* Of a call that opens, with its flags as argument n: only to read. */
#define ONLY_TO_READ(number, n)                                                                    \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (number), 0, 4),                                       \
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[n])),        \
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, O_WRONLY | O_RDWR | O_CREAT | O_TRUNC, 0, 1), \
		DENY, ALLOW

/* Elsewhere the other measures have to do. */
#if defined(__x86_64__) && !defined(__ILP32__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

#ifdef ARCHITECTURE
static const struct sock_filter rules[] = {
	/* The numbers are this architecture's; a call by another one's is none of ours. */
	LOAD(arch),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0),
	DENY,
	LOAD(nr),
	BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1), /* x32 */
	DENY,
	DENY_CALL(SYS_socket),
	DENY_CALL(SYS_connect),
	DENY_CALL(SYS_bind),
	DENY_CALL(SYS_execve),
	DENY_CALL(SYS_execveat),
	DENY_CALL(SYS_ptrace),
	DENY_CALL(SYS_process_vm_readv),
	DENY_CALL(SYS_process_vm_writev),
	DENY_CALL(SYS_pidfd_open),
	DENY_CALL(SYS_pidfd_getfd),
	DENY_CALL(SYS_pidfd_send_signal),
	DENY_CALL(SYS_kill),
	DENY_CALL(SYS_openat2),
	DENY_CALL(SYS_io_uring_setup),
	DENY_CALL(SYS_bpf),
	DENY_CALL(SYS_perf_event_open),
	DENY_CALL(SYS_userfaultfd),
	DENY_CALL(SYS_truncate),
	DENY_CALL(SYS_unlinkat),
	DENY_CALL(SYS_renameat),
	DENY_CALL(SYS_renameat2),
	DENY_CALL(SYS_linkat),
	DENY_CALL(SYS_symlinkat),
	DENY_CALL(SYS_mkdirat),
	DENY_CALL(SYS_mknodat),
	DENY_CALL(SYS_fchmodat),
	DENY_CALL(SYS_fchownat),
#ifdef SYS_open
	DENY_CALL(SYS_creat),
	DENY_CALL(SYS_unlink),
	DENY_CALL(SYS_rename),
	DENY_CALL(SYS_link),
	DENY_CALL(SYS_symlink),
	DENY_CALL(SYS_mkdir),
	DENY_CALL(SYS_rmdir),
	DENY_CALL(SYS_mknod),
	DENY_CALL(SYS_chmod),
	DENY_CALL(SYS_chown),
	DENY_CALL(SYS_lchown),
	ONLY_TO_READ(SYS_open, 1),
#endif
	ONLY_TO_READ(SYS_openat, 2),
	ALLOW,
};
#endif

enum { NOBODY = 65534 };

static void forbid(__rlimit_resource_t resource)
{
	const struct rlimit none = {0, 0};
	(void)setrlimit(resource, &none);
}

void rbf_confine(void)
{
	/* Each holds by itself: what fails takes nothing from the others. */
	if (geteuid() == 0 && setgroups(0, NULL) == 0 && setgid(NOBODY) == 0)
		(void)!setuid(NOBODY);
	forbid(RLIMIT_NPROC);
	forbid(RLIMIT_FSIZE);
	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
#ifdef ARCHITECTURE
	const struct sock_fprog program = {.len = sizeof rules / sizeof *rules,
		.filter = (struct sock_filter *)(uintptr_t)rules};
	(void)prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
#endif
}
