/* Drives source/fetch.h from the command line, for the registry cases: what
 * `corten scan` does with a registry, without the scan.
 *
 *   fetch_client [OPTION…] manifest REF
 *   fetch_client [OPTION…] pull REF            manifest and all its blobs at once
 *   fetch_client [OPTION…] blob REF DIGEST SIZE  to standard output
 *   fetch_client [OPTION…] url URL FILE
 *
 * Prints "manifest TYPE DIGEST BYTES", "blob DIGEST SUM BYTES", "url BYTES
 * MODIFIED", or "error CODE TEXT" and exits 1. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "format/json.h"
#include "source/fetch.h"

enum { BLOBS_MAX = 32 };

struct options {
	struct fetch_options fetch;
	char password[4096];
	uint64_t give_up; /* close a blob after so many bytes; 0: never */
	unsigned delay_ms; /* before each read of a blob */
};

struct blob {
	struct digest digest;
	uint64_t size, got;
	uint64_t id;
	int fd; /* -1: ended */
	struct sha256 *sum;
};

static int complain(const struct error *err)
{
	(void)printf("error %s %s\n", error_code_name(err->code), err->text);
	return 1;
}

static void print_digest(const struct digest *d)
{
	char text[DIGEST_TEXT];
	digest_text(d, text);
	(void)printf(" %s", text);
}

static int get_manifest(struct fetch *f, const char *name, struct image_reference *ref,
			struct fetch_document *doc, struct error *err)
{
	doc->body = buf_max(LIMIT_MANIFEST_BYTES);
	if (image_reference_parse(name, ref, err) < 0 || fetch_manifest(f, ref, doc, err) < 0)
		return -1;
	(void)printf("manifest %s", doc->media_type);
	print_digest(&doc->digest);
	(void)printf(" %zu\n", doc->body.n);
	return 0;
}

static void read_descriptor(struct json_reader *r, struct blob *b)
{
	struct bytes key, text;
	int64_t size = 0;
	if (!json_enter_object(r))
		return;
	while (json_next_key(r, &key)) {
		bool is_digest = bytes_equal(key, BYTES_LIT("digest"));
		if (bytes_equal(key, BYTES_LIT("size")))
			(void)json_get_i64(r, &size);
		else if (json_get_string(r, &text) && is_digest)
			(void)digest_parse(text, &b->digest);
	}
	b->size = (uint64_t)size;
}

/* The config and the layers. */
static size_t read_blobs(struct bytes manifest, struct blob *blobs)
{
	size_t n = 0;
	struct bytes key;
	struct json_reader *r = json_open_bytes(manifest);
	if (!json_enter_object(r))
		return 0;
	while (json_next_key(r, &key)) {
		if (bytes_equal(key, BYTES_LIT("config")) && n < BLOBS_MAX)
			read_descriptor(r, &blobs[n++]);
		else if (bytes_equal(key, BYTES_LIT("layers")) && json_enter_array(r))
			while (json_next_item(r))
				if (n < BLOBS_MAX)
					read_descriptor(r, &blobs[n++]);
				else
					json_skip(r);
		else if (json_peek(r) != JSON_NONE)
			json_skip(r);
	}
	json_close(r);
	return n;
}

/* Reads once; false at the end, or when it gave up. */
static bool read_some(const struct options *o, struct blob *b, FILE *out)
{
	char piece[65536];
	if (o->delay_ms > 0)
		(void)poll(NULL, 0, (int)o->delay_ms);
	ssize_t n = read(b->fd, piece, sizeof piece);
	if (n < 0)
		return errno == EINTR;
	sha256_update(b->sum, piece, (size_t)n);
	b->got += (uint64_t)n;
	if (out != NULL)
		(void)fwrite(piece, 1, (size_t)n, out);
	return n > 0 && (o->give_up == 0 || b->got < o->give_up);
}

static int end_blob(struct fetch *f, struct blob *b)
{
	struct error err = { 0 };
	struct digest sum;
	(void)close(b->fd);
	b->fd = -1;
	sha256_final(b->sum, &sum);
	sha256_free(b->sum);
	if (fetch_blob_result(f, b->id, &err) < 0)
		return complain(&err);
	(void)printf("blob");
	print_digest(&b->digest);
	print_digest(&sum);
	(void)printf(" %llu\n", (unsigned long long)b->got);
	return 0;
}

static int pull(struct fetch *f, const struct options *o, const char *name)
{
	struct image_reference ref;
	struct fetch_document doc;
	struct error err = { 0 };
	struct blob blobs[BLOBS_MAX] = { 0 };
	struct pollfd p[BLOBS_MAX];
	int failed = 0;
	if (get_manifest(f, name, &ref, &doc, &err) < 0)
		return complain(&err);
	size_t n = read_blobs(buf_view(&doc.body), blobs), open = n;
	buf_free(&doc.body);
	for (size_t i = 0; i < n; i++) {
		blobs[i].sum = sha256_new();
		if (fetch_blob_open(f, &ref, &blobs[i].digest, blobs[i].size, &blobs[i].fd,
				    &blobs[i].id, &err) < 0)
			return complain(&err);
	}
	while (open > 0) {
		for (size_t i = 0; i < n; i++)
			p[i] = (struct pollfd){ .fd = blobs[i].fd, .events = POLLIN };
		(void)poll(p, n, -1);
		for (size_t i = 0; i < n; i++)
			if (p[i].revents != 0 && !read_some(o, &blobs[i], NULL)) {
				failed |= end_blob(f, &blobs[i]);
				open--;
			}
	}
	return failed;
}

static int get_blob(struct fetch *f, const struct options *o, char **args)
{
	struct image_reference ref;
	struct error err = { 0 };
	struct blob b = { .sum = sha256_new() };
	if (image_reference_parse(args[0], &ref, &err) < 0)
		return complain(&err);
	if (!digest_parse(bytes_str(args[1]), &b.digest) ||
	    !bytes_to_u64(bytes_str(args[2]), &b.size))
		return 2;
	if (fetch_blob_open(f, &ref, &b.digest, b.size, &b.fd, &b.id, &err) < 0)
		return complain(&err);
	while (read_some(o, &b, NULL))
		;
	return end_blob(f, &b);
}

static void show_progress(void *ctx, uint64_t done, uint64_t total)
{
	uint64_t *last = ctx;
	if (done < last[0])
		(void)printf("again\n");
	last[0] = done;
	last[1] = total;
}

static int get_url(struct fetch *f, char **args)
{
	struct error err = { 0 };
	uint64_t progress[2] = { 0 };
	struct fetch_version version = { 0 };
	int fd = open(args[1], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fetch_url(f, args[0], fd, &version, show_progress, progress, &err) < 0)
		return complain(&err);
	(void)printf("url %llu %llu %lld\n", (unsigned long long)progress[0],
		     (unsigned long long)progress[1], (long long)version.modified);
	return close(fd);
}

static int get_document(struct fetch *f, const char *name)
{
	struct image_reference ref;
	struct fetch_document doc;
	struct error err = { 0 };
	if (get_manifest(f, name, &ref, &doc, &err) < 0)
		return complain(&err);
	buf_free(&doc.body);
	return 0;
}

static int run(struct fetch *f, const struct options *o, int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[0], "manifest") == 0)
		return get_document(f, argv[1]);
	if (argc == 2 && strcmp(argv[0], "pull") == 0)
		return pull(f, o, argv[1]);
	if (argc == 4 && strcmp(argv[0], "blob") == 0)
		return get_blob(f, o, argv + 1);
	if (argc == 3 && strcmp(argv[0], "url") == 0)
		return get_url(f, argv + 1);
	(void)fprintf(stderr, "what to get?\n");
	return 2;
}

static bool read_password(struct options *o)
{
	if (fgets(o->password, sizeof o->password, stdin) == NULL)
		return false;
	o->password[strcspn(o->password, "\n")] = '\0';
	o->fetch.password = o->password;
	return true;
}

static bool take_option(struct options *o, int option)
{
	switch (option) {
	case 'u':
		o->fetch.username = optarg;
		return read_password(o);
	case 'c':
		o->fetch.ca_file = optarg;
		return true;
	case 'p':
		o->fetch.plain_http = true;
		return true;
	case 'k':
		o->fetch.insecure_tls = true;
		return true;
	case 's':
		o->fetch.stall_seconds = (unsigned)strtoul(optarg, NULL, 10);
		return true;
	case 'a':
		o->fetch.attempts = (unsigned)strtoul(optarg, NULL, 10);
		return true;
	case 'g':
		o->give_up = strtoul(optarg, NULL, 10);
		return true;
	case 'd':
		o->delay_ms = (unsigned)strtoul(optarg, NULL, 10);
		return true;
	default:
		return false;
	}
}

int main(int argc, char **argv)
{
	static const struct option names[] = {
		{ "username", required_argument, NULL, 'u' }, /* password on standard input */
		{ "ca-file", required_argument, NULL, 'c' },
		{ "plain-http", no_argument, NULL, 'p' },
		{ "insecure", no_argument, NULL, 'k' },
		{ "stall", required_argument, NULL, 's' },
		{ "attempts", required_argument, NULL, 'a' },
		{ "give-up", required_argument, NULL, 'g' },
		{ "delay", required_argument, NULL, 'd' },
		{ NULL, 0, NULL, 0 },
	};
	struct options o = { 0 };
	struct error err = { 0 };
	struct fetch *f;
	(void)signal(SIGPIPE, SIG_IGN);
	for (int option; (option = getopt_long(argc, argv, "", names, NULL)) != -1;)
		if (!take_option(&o, option))
			return 2;
	if (fetch_start(&o.fetch, &f, &err) < 0)
		return complain(&err);
	int r = run(f, &o, argc - optind, argv + optind);
	fetch_stop(f);
	return r;
}
