/* keyring.h - the keys that return paths are signed with. They are made here and stay in the
 * database. */
#ifndef RBF_ENGINE_KEYRING_H
#define RBF_ENGINE_KEYRING_H
#include "state/store.h"

/* A new key, for what arrives from now_ms on. Within a group of changes. */
rebuff_status rbf_key_add(rbf_store *store, int64_t now_ms, rebuff_error *err);
/* Make the first key where there is none, in a group of its own. */
rebuff_status rbf_key_first(rbf_store *store, int64_t now_ms, rebuff_error *err);
#endif
