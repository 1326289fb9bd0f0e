# rebuff - build, test, demonstrate.  `make help` lists the targets.
#
#   make demo      a private MTA, the engine and scripted remote servers; MTA=exim or opensmtpd  (root)
#   make check     every test; PART=unit (or "lint unit", ...) runs only those                   (root)
#   make           build everything into build/
#   make unit      unit tests alone
#   make fuzz      every fuzz target for FUZZ_S=600 seconds
#   make bench     measure
#   make simulate  months of mail with known incidents: which alarms come (DAYS=90)
#   make check-browser  the HTML report in a headless Chromium; screenshots in build/browser
#   make picture   docs/report.png anew: the report of the demo in a headless Chromium         (root)
#   make coverage  lines and branches that the unit tests reach, per module; the core's are held to bounds
#   make check-all everything, for hours: also long system tests and fuzzing, packages, browser, measurements;
#                  goes on where it stopped; STEP="coverage bench" runs those; the table is docs/check-all.md
#   make format    bring the C sources into the committed format
#   make reference write docs/policy-reference.md from lua/schema.lua
#   make layering  who includes and calls whom, against the rules
#   make install   into DESTDIR
#   make deb       Debian packages into build/deb; deb-test installs, upgrades and removes them in clean
#                  roots while mail flows, does the first day, has a systemd start them, runs autopkgtest,
#                  and builds them once more to compare (root)
#   make clean     remove build/

PREFIX     ?= /usr
SYSCONFDIR ?= /etc
DATADIR    ?= $(PREFIX)/share/rebuff
LIBEXECDIR ?= $(PREFIX)/libexec/rebuff
EXIMDIR    ?= $(PREFIX)/lib/exim4-rebuff
FILTERDIR  ?= $(PREFIX)/libexec/opensmtpd
LIBDIR     ?= $(PREFIX)/lib
MANDIR     ?= $(PREFIX)/share/man
UNITDIR    ?= /lib/systemd/system
SYSUSERS   ?= $(PREFIX)/lib/sysusers.d
TMPFILES   ?= $(PREFIX)/lib/tmpfiles.d

CC       ?= cc
CFLAGS   ?= -O2 -g
# What librebuff needs; the program needs more.
LIB_PKGS  = sqlite3 lua5.4 gmime-3.0 libidn2 libpsl jansson nettle
PKGS      = $(LIB_PKGS) libevent libcares zlib
WARN      = -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes \
            -Wcast-qual -Wvla -Wformat=2 $(WERROR)
WERROR   ?= -Werror
STD       = -std=c11 -D_POSIX_C_SOURCE=200809L
PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS) 2>/dev/null | sed 's/-I/-isystem /g')
PKG_LIBS   := $(shell pkg-config --libs $(PKGS) 2>/dev/null)
LIB_LIBS   := $(shell pkg-config --libs $(LIB_PKGS) 2>/dev/null)
B         ?= build
ALL_CFLAGS = $(STD) $(WARN) -fvisibility=hidden -fPIC -pthread $(CPPFLAGS) $(CFLAGS) $(SANITIZE)
CORE_CPPFLAGS = -Icore/include -Icore -DRBF_DATA_DIR='"$(DATADIR)"' -DRBF_CONFIG_DIR='"$(SYSCONFDIR)/rebuff"'
ALL_LDFLAGS = -pthread $(LDFLAGS) $(SANITIZE)

objects = $(patsubst %.c,$(B)/obj/%.o,$(1))

CORE_SRC    := $(wildcard core/*/*.c)
CLIENT_SRC  := $(wildcard plugins/client/*.c)
PROGRAM_SRC := $(wildcard program/*.c program/*/*.c)
# A plugin folder's *_main.c each make one program, named in PLUGIN_PROGRAMS; the rest is shared by them.
EXIM_SRC    := $(filter-out %_main.c plugins/exim/rebuff_exim.c,$(wildcard plugins/exim/*.c))
POSTFIX_SRC := $(filter-out %_main.c,$(wildcard plugins/postfix/*.c))
SMTPD_SRC   := $(filter-out %_main.c,$(wildcard plugins/opensmtpd/*.c))
BOUNCE_SRC  := $(filter-out %_main.c,$(wildcard plugins/bounce/*.c))
MTACTL_SRC  := $(filter-out %_main.c,$(wildcard plugins/mtactl/*.c))
UNIT_SRC    := $(wildcard tests/unit/*/test_*.c)

LIB      = $(B)/librebuff.a
SHARED   = $(B)/librebuff.so
# A package links the program with the shared one; a build tree's own has everything in it.
PROGRAM_LIB ?= $(LIB)
BINARIES = $(if $(PROGRAM_SRC),$(B)/rebuff) \
           $(if $(wildcard plugins/exim/rebuff_exim.c),$(B)/rebuff-exim.so) \
           $(if $(wildcard plugins/exim/helper_main.c),$(B)/rebuff-exim-helper) \
           $(if $(wildcard plugins/exim/log_main.c),$(B)/rebuff-exim-log) \
           $(if $(wildcard plugins/opensmtpd/filter_main.c),$(B)/filter-rebuff) \
           $(if $(wildcard plugins/opensmtpd/log_main.c),$(B)/rebuff-smtpd-log) \
           $(if $(wildcard plugins/postfix/policy_main.c),$(B)/rebuff-postfix-policy) \
           $(if $(wildcard plugins/postfix/log_main.c),$(B)/rebuff-postfix-log) \
           $(if $(wildcard plugins/bounce/bounce_main.c),$(B)/rebuff-bounce) \
           $(if $(wildcard plugins/mtactl/mtactl_main.c),$(B)/rebuff-mtactl)
UNIT_BIN = $(patsubst tests/unit/%.c,$(B)/unit/%,$(UNIT_SRC))
FUZZ_BIN = $(patsubst tests/fuzz/%.c,$(B)/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))
BENCH_BIN = $(patsubst tests/bench/%.c,$(B)/bench/%,$(wildcard tests/bench/bench_*.c))
C_FILES  = $(shell find core plugins program tests -name '*.[ch]')

.PHONY: all help reference unit unit-programs check check-all check-browser simulate demo picture fuzz fuzz-programs fuzz-targets bench coverage tidy tidy-config format layering install deb deb-test clean
.DELETE_ON_ERROR:
.SECONDARY:
all: $(LIB) $(SHARED) $(BINARIES)

help:
	@sed -n 's/^#   make/make/p' Makefile

$(B)/obj/core/%.o: core/%.c
	@mkdir -p $(@D)
	$(CC) $(CORE_CPPFLAGS) $(PKG_CFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<
$(B)/obj/program/%.o: program/%.c
	@mkdir -p $(@D)
	$(CC) -Icore/include -Iplugins -Iprogram $(PKG_CFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<
$(B)/obj/plugins/exim/rebuff_exim.o: plugins/exim/rebuff_exim.c
	@mkdir -p $(@D)
	$(CC) -Iplugins -isystem /usr/include/exim4 $(subst -std=c11,-std=gnu11,$(ALL_CFLAGS)) -MMD -MP -c -o $@ $<
$(B)/obj/plugins/%.o: plugins/%.c
	@mkdir -p $(@D)
	$(CC) -Iplugins $(ALL_CFLAGS) -MMD -MP -c -o $@ $<
$(B)/obj/tests/%.o: tests/%.c
	@mkdir -p $(@D)
	$(CC) $(CORE_CPPFLAGS) -Iplugins -Iprogram -I. -Itests/unit $(PKG_CFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(LIB): $(call objects,$(CORE_SRC))
	@rm -f $@
	ar rcs $@ $^
$(SHARED): $(call objects,$(CORE_SRC))
	$(CC) -shared -Wl,-soname,librebuff.so.0 -Wl,--no-undefined -o $@ $^ $(ALL_LDFLAGS) $(LIB_LIBS) -lm
# Of the plugins, rebuff import uses what reads their logs.
READERS = $(B)/readers.a
$(READERS): $(call objects,$(EXIM_SRC) $(SMTPD_SRC) $(POSTFIX_SRC))
	@rm -f $@
	ar rcs $@ $^
$(B)/rebuff: $(call objects,$(PROGRAM_SRC)) $(READERS) $(call objects,$(CLIENT_SRC)) $(PROGRAM_LIB)
	$(CC) -o $@ $^ $(ALL_LDFLAGS) $(PKG_LIBS) -lm
$(B)/rebuff-exim.so: $(call objects,plugins/exim/rebuff_exim.c $(EXIM_SRC) $(CLIENT_SRC))
	$(CC) -shared -o $@ $^ $(ALL_LDFLAGS)
$(B)/rebuff-exim-helper: $(call objects,plugins/exim/helper_main.c $(EXIM_SRC) $(CLIENT_SRC))
	$(CC) -o $@ $^ $(ALL_LDFLAGS)
$(B)/rebuff-exim-log: $(call objects,plugins/exim/log_main.c $(EXIM_SRC) $(CLIENT_SRC))
	$(CC) -o $@ $^ $(ALL_LDFLAGS)
$(B)/filter-rebuff: $(call objects,plugins/opensmtpd/filter_main.c $(SMTPD_SRC) $(CLIENT_SRC))
	$(CC) -o $@ $^ $(ALL_LDFLAGS)
$(B)/rebuff-smtpd-log: $(call objects,plugins/opensmtpd/log_main.c $(SMTPD_SRC) $(CLIENT_SRC))
	$(CC) -o $@ $^ $(ALL_LDFLAGS)
$(B)/rebuff-postfix-policy: $(call objects,plugins/postfix/policy_main.c $(POSTFIX_SRC) $(CLIENT_SRC))
	$(CC) -o $@ $^ $(ALL_LDFLAGS)
$(B)/rebuff-postfix-log: $(call objects,plugins/postfix/log_main.c $(POSTFIX_SRC) $(CLIENT_SRC))
	$(CC) -o $@ $^ $(ALL_LDFLAGS)
$(B)/rebuff-bounce: $(call objects,plugins/bounce/bounce_main.c $(BOUNCE_SRC) $(CLIENT_SRC))
	$(CC) -o $@ $^ $(ALL_LDFLAGS)
$(B)/rebuff-mtactl: $(call objects,plugins/mtactl/mtactl_main.c $(MTACTL_SRC) $(CLIENT_SRC))
	$(CC) -o $@ $^ $(ALL_LDFLAGS)

# Tests: one program a file, linked with the library and with every plugin's shared parts.
# The program's parts come as an archive, so that a test pulls in what it names and not main().
PROGRAM_PARTS = $(B)/program.a
$(PROGRAM_PARTS): $(call objects,$(filter-out program/main.c,$(PROGRAM_SRC)))
	@rm -f $@
	ar rcs $@ $^
TESTED = $(call objects,$(CLIENT_SRC) $(EXIM_SRC) $(SMTPD_SRC) $(POSTFIX_SRC) $(BOUNCE_SRC) $(MTACTL_SRC)) $(PROGRAM_PARTS) $(LIB)
WRAP = -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=strdup,--wrap=strndup,--wrap=sqlite3_step
$(B)/unit/%: $(B)/obj/tests/unit/%.o $(B)/obj/tests/unit/oom.o $(B)/obj/tests/unit/disk.o $(TESTED)
	@mkdir -p $(@D)
	$(CC) -o $@ $^ $(ALL_LDFLAGS) $(WRAP) $(PKG_LIBS) -lcmocka -lm
$(B)/fuzz/%: $(B)/obj/tests/fuzz/%.o $(TESTED)
	@mkdir -p $(@D)
	$(CC) -fsanitize=fuzzer -o $@ $^ $(ALL_LDFLAGS) $(PKG_LIBS) -lm
$(B)/bench/%: $(B)/obj/tests/bench/%.o $(TESTED)
	@mkdir -p $(@D)
	$(CC) -o $@ $^ $(ALL_LDFLAGS) $(PKG_LIBS) -lm

unit-programs: $(UNIT_BIN)
unit: $(UNIT_BIN)
	@set -e; for t in $(UNIT_BIN); do echo "== $$t"; ./$$t; done

check:
	@sh tests/deps.sh check
	@python3 tests/run $(PART)

check-all:
	@sh tests/deps.sh check bench browser coverage deb
	@tests/all $(STEP)

# Months of mail with a fake clock.
DAYS ?= 90
$(B)/sim: $(B)/obj/tests/sim/sim.o $(LIB)
	$(CC) -o $@ $^ $(ALL_LDFLAGS) $(PKG_LIBS) -lm
simulate: $(B)/sim
	@$(B)/sim $(DAYS)

check-browser:
	@sh tests/deps.sh browser
	@$(MAKE) -s all
	@tests/browser/run

# What README.md shows.
picture: demo
	@sh tests/deps.sh browser
	@tests/browser/picture docs/report.png

demo:
	@sh tests/deps.sh demo
	@$(MAKE) -s all
	@python3 tests/system/demo.py $(if $(MTA),--mta $(MTA))

# Fuzzing has objects of its own: clang's, with its instrumentation.
FUZZ_S ?= 600
fuzz-programs:
	@$(MAKE) B=build/fuzz CC=clang CFLAGS='-O1 -g' WERROR= \
		SANITIZE='-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all' fuzz-targets
fuzz-targets: $(FUZZ_BIN)
fuzz: fuzz-programs
	@set -e; for t in $(notdir $(FUZZ_BIN)); do echo "== $$t"; tests/fuzz/run $$t $(FUZZ_S); done

bench:
	@sh tests/deps.sh bench
	@$(MAKE) -s all $(BENCH_BIN)
	@tests/bench/run

coverage:
	@sh tests/deps.sh coverage
	@$(MAKE) -s B=build/coverage CFLAGS='-O0 -g' WERROR= SANITIZE=--coverage unit-programs
	@tests/coverage $(SHOW)

# A .clang-tidy that cannot be read would mean no checks, and no complaint.
tidy: tidy-config $(patsubst %.c,$(B)/tidy/%.ok,$(CORE_SRC))
tidy-config:
	@clang-tidy --list-checks core/base/buf.c -- 2>/dev/null | grep -q bugprone- || \
		{ echo ".clang-tidy cannot be read: clang-tidy --dump-config says where" >&2; exit 1; }
$(B)/tidy/%.ok: %.c .clang-tidy
	@mkdir -p $(@D)
	@clang-tidy --quiet $< -- $(CORE_CPPFLAGS) $(PKG_CFLAGS) $(STD) 2>/dev/null
	@touch $@

format:
	clang-format -i $(C_FILES)
reference: all
	$(B)/rebuff policy reference --config "" > docs/policy-reference.md
layering: all
	@tests/layering

# FHS paths below DESTDIR. Nothing is switched on: units are not enabled, no mail server's file is touched.
PUT  = install -D -m 644 -t $(DESTDIR)
EXEC = install -D -m 755 -t $(DESTDIR)
install: all
	$(EXEC)$(PREFIX)/bin $(B)/rebuff
	$(PUT)$(PREFIX)/include core/include/rebuff.h
	$(PUT)$(LIBDIR) $(LIB)
	install -D -m 644 $(SHARED) $(DESTDIR)$(LIBDIR)/librebuff.so.0
	ln -sf librebuff.so.0 $(DESTDIR)$(LIBDIR)/librebuff.so
	install -d $(DESTDIR)$(LIBDIR)/pkgconfig
	sed -e 's|@PREFIX@|$(PREFIX)|; s|@LIBDIR@|$(LIBDIR)|; s|@PKGS@|$(LIB_PKGS)|' -e \
		"s|@VERSION@|$$(sed -n 's/^#define REBUFF_VERSION "\(.*\)"/\1/p' core/include/rebuff.h)|" \
		packaging/librebuff.pc.in > $(DESTDIR)$(LIBDIR)/pkgconfig/librebuff.pc
	for f in $$(find lua -name '*.lua'); do install -D -m 644 $$f $(DESTDIR)$(DATADIR)/$${f#lua/} || exit 1; done
	$(EXEC)$(LIBEXECDIR) $(filter $(B)/rebuff-%,$(filter-out %.so,$(BINARIES)))
	$(PUT)$(EXIMDIR) $(B)/rebuff-exim.so
	$(PUT)$(EXIMDIR)/conf $(wildcard plugins/exim/conf/*)
	$(EXEC)$(FILTERDIR) $(B)/filter-rebuff
	$(PUT)$(PREFIX)/share/doc/opensmtpd-filter-rebuff/examples plugins/opensmtpd/conf/smtpd.conf
	$(PUT)$(PREFIX)/lib/opensmtpd-filter-rebuff plugins/opensmtpd/conf/opensmtpd.service.conf
	for n in 1 3 5 8; do install -D -m 644 -t $(DESTDIR)$(MANDIR)/man$$n packaging/man/*.$$n || exit 1; done
	$(PUT)$(UNITDIR) $(wildcard packaging/systemd/*.service packaging/systemd/*.socket)
	$(PUT)$(PREFIX)/share/doc/postfix-rebuff/examples $(wildcard plugins/postfix/conf/*)
	install -D -m 644 packaging/systemd/rebuff-sysusers.conf $(DESTDIR)$(SYSUSERS)/rebuff.conf
	install -D -m 644 packaging/systemd/rebuff-postfix-sysusers.conf $(DESTDIR)$(SYSUSERS)/rebuff-postfix.conf
	install -D -m 644 packaging/systemd/rebuff-tmpfiles.conf $(DESTDIR)$(TMPFILES)/rebuff.conf

deb:
	@sh tests/deps.sh deb
	@packaging/build-deb
deb-test: deb
	@packaging/test-deb
	@packaging/test-install
	@packaging/first-day
	@packaging/test-units
	@packaging/test-autopkgtest
	@packaging/check-units
	@packaging/check-reproducible

clean:
	rm -rf $(B)

-include $(shell find $(B)/obj -name '*.d' 2>/dev/null)
