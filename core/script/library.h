/*
 * library.h - a cut base library, table, math, utf8 and our own `text` and `time`; no io, os,
 * package, debug, string, load.
 */
#ifndef RBF_SCRIPT_LIBRARY_H
#define RBF_SCRIPT_LIBRARY_H
#include <lua.h>

/* Open them, for rbf_sandbox_open. Nothing of them can be changed, and no global be made; what
 * bindings add goes to the registry's "rebuff.names". */
int rbf_library(lua_State *L);
#endif
