# rebuff - build, test, demonstrate.  `make help` lists the targets.
#
#   make demo     a private MTA, the engine and scripted remote servers     (root)
#   make check    every test                                                (root)
#   make          build everything into build/

PREFIX     ?= /usr
SYSCONFDIR ?= /etc
DATADIR    ?= $(PREFIX)/share/rebuff

CC       ?= cc
CFLAGS   ?= -O2 -g
PKGS      = sqlite3 lua5.4 gmime-3.0 libidn2 libpsl jansson libevent libcares
WARN      = -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes \
            -Wcast-qual -Wvla -Wformat=2 -Werror
STD       = -std=c11 -D_POSIX_C_SOURCE=200809L
PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS) 2>/dev/null | sed 's/-I/-isystem /g')
PKG_LIBS   := $(shell pkg-config --libs $(PKGS) 2>/dev/null)
B         ?= build
ALL_CFLAGS = $(STD) $(WARN) -fvisibility=hidden -fPIC -pthread $(CFLAGS) $(SANITIZE)
CPPFLAGS  += -Icore/include -Icore -DRBF_DATA_DIR='"$(DATADIR)"' -DRBF_CONFIG_DIR='"$(SYSCONFDIR)/rebuff"'
ALL_LDFLAGS = -pthread $(LDFLAGS) $(SANITIZE)

objects = $(patsubst %.c,$(B)/obj/%.o,$(1))

CORE_SRC    := $(wildcard core/*/*.c)
CLIENT_SRC  := $(wildcard plugins/client/*.c)
PROGRAM_SRC := $(wildcard program/*.c)
# A plugin folder's *_main.c each make one program, named in PLUGIN_PROGRAMS; the rest is shared by them.
EXIM_SRC    := $(filter-out %_main.c plugins/exim/rebuff_exim.c,$(wildcard plugins/exim/*.c))
SMTPD_SRC   := $(filter-out %_main.c,$(wildcard plugins/opensmtpd/*.c))
MTACTL_SRC  := $(filter-out %_main.c,$(wildcard plugins/mtactl/*.c))
UNIT_SRC    := $(wildcard tests/unit/*/test_*.c)

LIB      = $(B)/librebuff.a
SHARED   = $(B)/librebuff.so
BINARIES = $(if $(PROGRAM_SRC),$(B)/rebuff) \
           $(if $(wildcard plugins/exim/rebuff_exim.c),$(B)/rebuff-exim.so) \
           $(if $(wildcard plugins/exim/helper_main.c),$(B)/rebuff-exim-helper) \
           $(if $(wildcard plugins/exim/log_main.c),$(B)/rebuff-exim-log) \
           $(if $(wildcard plugins/opensmtpd/filter_main.c),$(B)/filter-rebuff) \
           $(if $(wildcard plugins/opensmtpd/log_main.c),$(B)/rebuff-smtpd-log) \
           $(if $(wildcard plugins/mtactl/mtactl_main.c),$(B)/rebuff-mtactl)
UNIT_BIN = $(patsubst tests/unit/%.c,$(B)/unit/%,$(UNIT_SRC))

.PHONY: all help unit check demo clean
.DELETE_ON_ERROR:
all: $(LIB) $(SHARED) $(BINARIES)

help:
	@sed -n 's/^#   make/make/p' Makefile

$(B)/obj/core/%.o: core/%.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(PKG_CFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<
$(B)/obj/program/%.o: program/%.c
	@mkdir -p $(@D)
	$(CC) -Icore/include -Iplugins $(PKG_CFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<
$(B)/obj/plugins/exim/rebuff_exim.o: plugins/exim/rebuff_exim.c
	@mkdir -p $(@D)
	$(CC) -Iplugins -isystem /usr/include/exim4 $(subst -std=c11,-std=gnu11,$(ALL_CFLAGS)) -MMD -MP -c -o $@ $<
$(B)/obj/plugins/%.o: plugins/%.c
	@mkdir -p $(@D)
	$(CC) -Iplugins $(ALL_CFLAGS) -MMD -MP -c -o $@ $<
$(B)/obj/tests/%.o: tests/%.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) -Iplugins -Iplugins/.. -Itests/unit $(PKG_CFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(LIB): $(call objects,$(CORE_SRC))
	@rm -f $@
	ar rcs $@ $^
$(SHARED): $(call objects,$(CORE_SRC))
	$(CC) -shared -Wl,-soname,librebuff.so.0 -Wl,--no-undefined -o $@ $^ $(ALL_LDFLAGS) $(PKG_LIBS) -lm
$(B)/rebuff: $(call objects,$(PROGRAM_SRC) $(CLIENT_SRC)) $(LIB)
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
$(B)/rebuff-mtactl: $(call objects,plugins/mtactl/mtactl_main.c $(MTACTL_SRC) $(CLIENT_SRC))
	$(CC) -o $@ $^ $(ALL_LDFLAGS)

# Unit tests: one program a file, linked with the library and with every plugin's shared parts.
$(B)/unit/%: $(B)/obj/tests/unit/%.o $(call objects,$(CLIENT_SRC) $(EXIM_SRC) $(SMTPD_SRC) $(MTACTL_SRC)) $(LIB)
	@mkdir -p $(@D)
	$(CC) -o $@ $^ $(ALL_LDFLAGS) $(PKG_LIBS) -lcmocka -lm

unit: $(UNIT_BIN)
	@set -e; for t in $(UNIT_BIN); do echo "== $$t"; ./$$t; done

clean:
	rm -rf $(B)

-include $(shell find $(B)/obj -name '*.d' 2>/dev/null)
