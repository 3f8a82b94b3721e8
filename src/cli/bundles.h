/* Signed bundles, whatever is in them: the keys of the command line and of this machine. */
#ifndef CORTEN_CLI_BUNDLES_H
#define CORTEN_CLI_BUNDLES_H

#include "cli/internal.h"
#include "trust/key.h"

/* A key pair's secret half, to be wiped by key_wipe. */
int bundle_secret_key(const char *path, struct secret_key *ret, struct error *err);
/* Packs the file `path` into the bundle `out`, which is there whole or not at all. */
int bundle_write_file(const char *kind, const char *path, const char *out,
		      const struct secret_key *key, uint64_t generation, struct error *err);

enum { TRUSTED_MAX = 64 };
struct trusted_keys {
	struct public_key keys[TRUSTED_MAX];
	size_t count;
};
/* The public keys that the option names, and no other; without it those of
 * ~/.config/corten/trusted-keys and /etc/corten/trusted-keys. */
int trusted_keys_take(const struct cli_args *a, const char *option, struct trusted_keys *t,
		      struct error *err);

#endif
