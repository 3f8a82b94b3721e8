/* corten db keygen, sign, install: databases that travel. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/bundles.h"
#include "cli/db.h"
#include "cli/dbpath.h"
#include "trust/bundle.h"

enum { KEY_FILE_MAX = 16 * 1024 };

#define BUNDLE_OF "vulndb"

/* --- keygen ----------------------------------------------------------------------- */

static const struct cli_option keygen_options[] = {
	{ .name = "out",
	  .letter = 'o',
	  .argument = "NAME",
	  .help = "Write NAME.key, the secret half, and NAME.pub." },
	{ 0 },
};

/* A key that exists is never written over. */
static int write_new(const char *name, const char *suffix, const struct buf *text, mode_t mode,
		     struct error *err)
{
	char path[PATH_MAX];
	int n = snprintf(path, sizeof path, "%s%s", name, suffix);
	if (n < 0 || (size_t)n >= sizeof path)
		return error_set(err, ERR_USAGE, "--out: the name is too long");
	cleanup_close int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	if (fd < 0 || fd_write_full(fd, text->p, text->n) < 0 || fsync(fd) < 0)
		return error_errno(err, "%s", path);
	return 0;
}

static int run_keygen(struct cli_args *a)
{
	const char *name = cli_value(a, "out");
	struct secret_key secret;
	struct public_key public;
	cleanup_buf struct buf secret_text = buf_max(KEY_FILE_MAX);
	cleanup_buf struct buf public_text = buf_max(KEY_FILE_MAX);
	char id[KEY_ID_TEXT];
	struct error err = { 0 };
	if (name == NULL)
		return cli_usage_error(a, "--out must name the key");
	int result = -1;
	if (key_generate(&secret, &err) == 0) {
		if (key_public(&secret, &public, &err) == 0 &&
		    key_secret_write(&secret, &secret_text, &err) == 0 &&
		    key_public_write(&public, &public_text, &err) == 0 &&
		    write_new(name, ".key", &secret_text, 0600, &err) == 0 &&
		    write_new(name, ".pub", &public_text, 0644, &err) == 0)
			result = 0;
		key_wipe(&secret);
	}
	if (secret_text.n > 0)
		explicit_bzero(secret_text.p, secret_text.n);
	if (result < 0)
		return cli_fail(&err);
	key_id_text(&public, id);
	(void)printf("key %s\n", id);
	return EXIT_COMPLETE;
}

const struct cli_command cli_command_db_keygen = {
	.name = "db keygen",
	.arguments = "",
	.summary = "make a key pair for signing databases",
	.description =
		"Writes an Ed25519 key pair in PEM. Keep NAME.key secret; give NAME.pub to those "
		"who install your databases: in ~/.config/corten/trusted-keys/ or "
		"/etc/corten/trusted-keys/, or with --key.",
	.examples = "corten db keygen --out security-team\tsecurity-team.key and security-team.pub",
	.options = keygen_options,
	.run = run_keygen,
};

/* --- sign ------------------------------------------------------------------------- */

static const struct cli_option sign_options[] = {
	{ .name = "key", .letter = 'k', .argument = "FILE", .help = "Secret key to sign with." },
	{ .name = "out", .letter = 'o', .argument = "FILE", .help = "Write the bundle to FILE." },
	{ .name = "db",
	  .argument = "FILE",
	  .help = "Database to sign. Default: the one that a scan uses." },
	{ 0 },
};

/* Only a sound database is signed. */
static int check_database(const char *path, uint64_t *ret_generation, struct error *err)
{
	struct vulndb *db;
	struct vulndb_info info;
	if (vulndb_open(path, &db, err) < 0)
		return -1;
	int result = vulndb_verify(db, err);
	vulndb_info(db, &info);
	vulndb_close(db);
	*ret_generation = info.generation;
	return result < 0 ? error_wrap(err, "%s", path) : 0;
}

static int run_sign(struct cli_args *a)
{
	const char *key_file = cli_value(a, "key"), *out = cli_value(a, "out");
	char path[PATH_MAX];
	struct secret_key key;
	struct error err = { 0 };
	uint64_t generation;
	if (key_file == NULL)
		return cli_usage_error(a, "--key must name the secret key");
	if (out == NULL)
		return cli_usage_error(a, "--out must name the bundle to write");
	if (db_path_find(cli_value(a, "db"), path, &err) < 0 ||
	    check_database(path, &generation, &err) < 0 ||
	    bundle_secret_key(key_file, &key, &err) < 0)
		return cli_fail(&err);
	int result = bundle_write_file(BUNDLE_OF, path, out, &key, generation, &err);
	key_wipe(&key);
	return result < 0 ? cli_fail(&err) : EXIT_COMPLETE;
}

const struct cli_command cli_command_db_sign = {
	.name = "db sign",
	.arguments = "",
	.summary = "pack a database into a signed bundle",
	.description =
		"Reads all of the database, compresses it and signs it, so that machines without "
		"access to the publishers can install it with `corten db install`.",
	.examples =
		"corten db sign --key security-team.key --out corten.bundle\tSign what is in use",
	.options = sign_options,
	.run = run_sign,
};

/* --- install ------------------------------------------------------------------------ */

static int check_header(const struct bundle_header *h, uint64_t current, struct error *err)
{
	if (strcmp(h->kind, BUNDLE_OF) != 0)
		return error_set(err, ERR_UNSUPPORTED,
				 "the bundle holds no vulnerability database");
	if (h->generation <= current)
		return error_set(err, ERR_OLD_GENERATION,
				 "generation %llu is not newer than the one in use, %llu",
				 (unsigned long long)h->generation, (unsigned long long)current);
	return 0;
}

/* The generation that the signature vouches for must be the database's own. */
static int check_content(const char *path, const struct bundle_header *h, struct error *err)
{
	struct vulndb *db;
	struct vulndb_info info;
	if (vulndb_open(path, &db, err) < 0)
		return -1;
	vulndb_info(db, &info);
	vulndb_close(db);
	if (info.generation != h->generation)
		return error_set(
			err, ERR_MALFORMED, "the bundle says generation %llu, its database %llu",
			(unsigned long long)h->generation, (unsigned long long)info.generation);
	return 0;
}

static int unpack(int fd, const struct bundle_header *h, const char *path, struct error *err)
{
	/* The same name, gone at once, is the scratch file first. */
	cleanup_close int scratch = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (scratch < 0 || unlink(path) < 0)
		return error_errno(err, "%s", path);
	cleanup_close int out = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (out < 0)
		return error_errno(err, "%s", path);
	if (bundle_extract(fd, h, scratch, out, err) < 0)
		return -1;
	if (fsync(out) < 0)
		return error_errno(err, "%s", path);
	return check_content(path, h, err);
}

static int install(struct store *store, const char *bundle, const struct trusted_keys *t,
		   uint64_t *ret_generation, struct error *err)
{
	char path[PATH_MAX];
	struct bundle_header h;
	cleanup_close int fd = open(bundle, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return error_errno(err, "%s", bundle);
	if (bundle_open(fd, t->keys, t->count, &h, err) < 0 ||
	    check_header(&h, store_current(store), err) < 0 ||
	    store_new_path(store, path, sizeof path, err) < 0)
		return error_wrap(err, "%s", bundle);
	if (unpack(fd, &h, path, err) < 0) {
		(void)unlink(path);
		return error_wrap(err, "%s", bundle);
	}
	return store_install(store, path, ret_generation, err) < 0 ? error_wrap(err, "%s", bundle)
								   : 0;
}

static const struct cli_option install_options[] = {
	{ .name = "key",
	  .letter = 'k',
	  .argument = "FILE",
	  .help = "Trust this public key and no other. May be given several times. Default: the "
		  "*.pub files in ~/.config/corten/trusted-keys and /etc/corten/trusted-keys." },
	{ .name = "store",
	  .argument = "DIR",
	  .help = "Directory of databases. Default: $XDG_DATA_HOME/corten/db, or "
		  "~/.local/share/corten/db." },
	{ 0 },
};

static int run_install(struct cli_args *a)
{
	struct trusted_keys trusted = { 0 };
	char directory[PATH_MAX];
	struct store *store;
	struct error err = { 0 };
	uint64_t generation;
	if (trusted_keys_take(a, "key", &trusted, &err) < 0 ||
	    db_store_directory(a, directory, &err) < 0 || store_open(directory, &store, &err) < 0)
		return cli_fail(&err);
	int result = install(store, a->arguments[0], &trusted, &generation, &err);
	store_close(store);
	if (result < 0)
		return cli_fail(&err);
	(void)printf("generation %llu is in use\n", (unsigned long long)generation);
	return EXIT_COMPLETE;
}

const struct cli_command cli_command_db_install = {
	.name = "db install",
	.arguments = "BUNDLE",
	.least_arguments = 1,
	.most_arguments = 1,
	.summary = "install a database from a signed bundle",
	.description =
		"Checks the signature before anything else of the bundle is read, then that its "
		"generation is newer than the one in use, then its content. An empty, cut off, "
		"wrongly signed or older bundle is refused, and the database in use stays.",
	.examples = "corten db install corten.bundle --key security-team.pub\tInstall a database",
	.options = install_options,
	.run = run_install,
};
