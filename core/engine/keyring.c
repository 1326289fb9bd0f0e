#include "engine/keyring.h"

#include <sys/random.h>

#include "base/error.h"
#include "engine/token.h"

_Static_assert((int)RBF_TOKEN_KEY == (int)RBF_STORE_KEY, "one size of keys");

rebuff_status rbf_key_add(rbf_store *store, int64_t now_ms, rebuff_error *err)
{
	unsigned char key[RBF_TOKEN_KEY];
	if (getrandom(key, sizeof key, 0) != (ssize_t)sizeof key)
		return rbf_fail(err, REBUFF_EIO, "no random bytes for a key");
	return rbf_store_key_add(store, now_ms, key, err);
}

rebuff_status rbf_key_first(rbf_store *store, int64_t now_ms, rebuff_error *err)
{
	int64_t made_ms = 0;
	rebuff_status status = rbf_store_key_first(store, &made_ms, err);
	if (status != REBUFF_OK || made_ms)
		return status;
	status = rbf_store_begin(store, err);
	if (status != REBUFF_OK)
		return status;
	status = rbf_key_add(store, now_ms, err);
	if (status != REBUFF_OK) {
		(void)rbf_store_rollback(store, NULL);
		return status;
	}
	return rbf_store_commit(store, err);
}
