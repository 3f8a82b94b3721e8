/* corten fix: a Dockerfile that updates exactly the packages with known
 * vulnerabilities and leaves everything else of the image as it is. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/scan_setup.h"
#include "cli/vex.h"
#include "image/reference.h"

enum { DOCKERFILE_MAX = 1024 * 1024, LEFT_SHOWN = 50, COMMENT_MAX = 300 };
#define FIX_MEMORY (64 * MIB)

static const struct cli_option fix_options[] = {
	{ .name = "tag",
	  .letter = 't',
	  .argument = "NEW",
	  .help = "What the mended image will be called. Required." },
	{ .name = "output",
	  .letter = 'o',
	  .argument = "FILE",
	  .help = "Write the Dockerfile to FILE instead of standard output." },
	{ .name = "build", .help = "Build the image with buildah, which must be installed." },
	VEX_OPTION,
	SCAN_SETUP_OPTIONS,
	{ 0 },
};

struct fix {
	struct scan_setup setup;
	struct scan_result result;
	struct vex_set vex;
	const char *tag;
	struct arena arena;
	struct buf text; /* the Dockerfile */
	size_t packages, mended, left; /* left: findings that an update does not end */
	struct error *err;
};

/* --- what it is built from ---------------------------------------------------------- */

/* What may stand in a line of a Dockerfile as it is. */
static bool is_plain(const char *s)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789._-:@/+";
	return s[0] != '\0' && s[strspn(s, plain)] == '\0';
}

static const char *registry_image(struct fix *x)
{
	struct image_reference ref;
	char digest[DIGEST_TEXT];
	const struct scan_result *r = &x->result;
	if (!r->has_digest || r->name == NULL || image_reference_parse(r->name, &ref, x->err) < 0)
		return NULL;
	const char *host = strcmp(ref.host, "registry-1.docker.io") == 0 ? "docker.io" : ref.host;
	digest_text(&r->digest, digest);
	return arena_printf(&x->arena, "%s/%s@%s", host, ref.repository, digest);
}

static bool is_source(const struct scan_result *r, const char *const *names)
{
	for (; *names != NULL; names++)
		if (r->source != NULL && strcmp(r->source, *names) == 0)
			return true;
	return false;
}

/* A file or folder that buildah reads where it lies (containers-transports(5)). */
static const char *local_image(struct fix *x)
{
	static const char *const sources[] = { "docker-archive", "oci-archive", "oci", NULL };
	const char *target = x->setup.scan.target;
	const char *source = x->result.source;
	char path[PATH_MAX];
	if (!is_source(&x->result, sources))
		return NULL;
	size_t prefix = strlen(source);
	if (strncmp(target, source, prefix) == 0 && target[prefix] == ':')
		target += prefix + 1;
	/* What follows the path is the name of one image of several. */
	for (size_t n = strlen(target); n > 0; n--) {
		const char *file = target[n] == ':' || target[n] == '\0'
					   ? arena_cstr(&x->arena, bytes_of(target, n))
					   : NULL;
		if (file != NULL && realpath(file, path) != NULL)
			return arena_printf(&x->arena, "%s:%s%s", source, path, target + n);
	}
	return NULL;
}

/* A digest is the very image that was scanned; a tag could be another by now. */
static const char *from(struct fix *x)
{
	static const char *const unnamed[] = { "docker-archive", "oci-archive", "oci", NULL };
	const char *image = is_source(&x->result, unnamed) ? local_image(x) : registry_image(x);
	if (image != NULL && is_plain(image))
		return image;
	(void)error_set(x->err, ERR_USAGE,
			"%s cannot be built upon: it takes an image of a registry, a "
			"docker-archive, an oci-archive or an OCI layout, with a plain name",
			x->setup.scan.target);
	return NULL;
}

/* --- what is updated ------------------------------------------------------------------- */

static bool is_updated(const struct finding *f)
{
	return f->package != NULL && !pkg_type_is_app(f->package->type) && f->fixed_version != NULL;
}

/* The command, NULL when there is nothing that a package manager mends. */
static const char *update_command(struct fix *x)
{
	const struct scan_result *r = &x->result;
	const char **names = arena_array(&x->arena, r->finding_count + 1, sizeof *names);
	size_t n = 0;
	if (names == NULL)
		return NULL;
	for (size_t i = 0; i < r->finding_count; i++)
		if (is_updated(&r->findings[i]))
			names[n++] = r->findings[i].package->name;
	const char *command =
		n == 0 ? NULL : vuln_update_command(&r->os, names, NULL, n, &x->arena);
	x->mended = command == NULL ? 0 : n;
	x->left = r->finding_count - x->mended;
	return command;
}

/* --- the Dockerfile ------------------------------------------------------------------------ */

__attribute__((format(printf, 2, 3))) static bool put(struct fix *x, const char *fmt, ...)
{
	char line[COMMENT_MAX];
	va_list ap;
	va_start(ap, fmt);
	(void)vsnprintf(line, sizeof line, fmt, ap);
	va_end(ap);
	/* Whatever an image says stays in its line. */
	return text_escape(&x->text, bytes_str(line), x->err) == 0 &&
	       buf_append_str(&x->text, "\n", x->err) == 0;
}

static bool put_left(struct fix *x)
{
	size_t shown = 0;
	if (x->left > 0 && !put(x, "# What an update of system packages does not mend:"))
		return false;
	for (size_t i = 0; i < x->result.finding_count && shown < LEFT_SHOWN; i++) {
		const struct finding *f = &x->result.findings[i];
		if (x->mended > 0 && is_updated(f))
			continue;
		shown++;
		if (!put(x, "#   %s %s %s: %s%s", f->id,
			 f->package == NULL ? f->path : f->package->name,
			 f->package == NULL ? "" : f->package->version,
			 f->fixed_version == NULL ? "no fix yet" : "fixed in ",
			 f->fixed_version == NULL ? "" : f->fixed_version))
			return false;
	}
	return shown == x->left || put(x, "#   and %zu more", x->left - shown);
}

static bool is_root(const char *user)
{
	return user == NULL || user[0] == '\0' || strcmp(user, "root") == 0 ||
	       strcmp(user, "0") == 0 || strcmp(user, "0:0") == 0 || strcmp(user, "root:root") == 0;
}

static bool put_command(struct fix *x, const char *command)
{
	bool apt = strncmp(command, "apt-get ", 8) == 0;
	return buf_append_str(&x->text, "RUN ", x->err) == 0 &&
	       (!apt || buf_append_str(&x->text, "export DEBIAN_FRONTEND=noninteractive && ",
				       x->err) == 0) &&
	       buf_append_str(&x->text, command, x->err) == 0 &&
	       (!apt || buf_append_str(&x->text, " && rm -rf /var/lib/apt/lists/*", x->err) == 0) &&
	       buf_append_str(&x->text, "\n", x->err) == 0;
}

/* FROM keeps entrypoint, command, environment, labels and all else of the config;
 * USER is set back because the update needs root. */
static bool write_dockerfile(struct fix *x, const char *image, const char *command)
{
	const char *user = x->result.user;
	if (!is_root(user) && !is_plain(user)) {
		(void)error_set(x->err, ERR_UNSUPPORTED,
				"the image's user has a name that no Dockerfile can hold");
		return false;
	}
	return put(x, "# corten %s: %s, with %zu known vulnerabilities mended", CORTEN_VERSION,
		   x->setup.scan.target, x->mended) &&
	       put(x, "# build it: buildah build --tag %s --file THIS-FILE", x->tag) &&
	       put_left(x) && put(x, "FROM %s", image) && (is_root(user) || put(x, "USER root")) &&
	       put_command(x, command) && (is_root(user) || put(x, "USER %s", user));
}

/* --- out ------------------------------------------------------------------------------------- */

static int write_out(struct fix *x)
{
	const char *path = cli_value(x->setup.args, "output");
	if (path == NULL) {
		if (!cli_has(x->setup.args, "build"))
			(void)fwrite(x->text.p, 1, x->text.n, stdout);
		return 0;
	}
	return fd_write_file(AT_FDCWD, path, buf_view(&x->text), 0644, x->err);
}

static int run_buildah(struct fix *x, const char *folder, const char *file)
{
	const char *const words[] = { "buildah", "build", "--tag", x->tag,
				      "--file",  file,    folder,  NULL };
	pid_t pid;
	int status;
	/* posix_spawn(3) takes the words as char *, and does not change them. */
	int r = posix_spawnp(&pid, "buildah", NULL, NULL, (char *const *)(uintptr_t)words, environ);
	if (r != 0) {
		errno = r;
		return error_errno(x->err,
				   "buildah cannot be started; build the Dockerfile by hand");
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return error_errno(x->err, "waiting for buildah");
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	return error_set(x->err, ERR_IO, "buildah could not build the image");
}

/* In an empty folder: nothing of the user's goes into the image. */
static int build(struct fix *x)
{
	char folder[PATH_MAX], file[PATH_MAX + 16];
	const char *tmp = getenv("TMPDIR");
	if (!cli_has(x->setup.args, "build"))
		return 0;
	(void)snprintf(folder, sizeof folder, "%s/corten-fix-XXXXXX",
		       tmp == NULL || tmp[0] == '\0' ? "/tmp" : tmp);
	if (mkdtemp(folder) == NULL)
		return error_errno(x->err, "a temporary folder");
	(void)snprintf(file, sizeof file, "%s/Dockerfile", folder);
	int r = fd_write_file(AT_FDCWD, file, buf_view(&x->text), 0600, x->err);
	if (r == 0)
		r = run_buildah(x, folder, file);
	(void)unlink(file);
	(void)rmdir(folder);
	return r;
}

/* --- the whole --------------------------------------------------------------------------------- */

static int finish(const struct fix *x)
{
	const struct scan_result *r = &x->result;
	for (size_t i = 0; i < r->incomplete_count && i < 5; i++)
		log_at(LOG_ERROR, "not complete: %s: %s", r->incomplete[i].what,
		       r->incomplete[i].text);
	return r->incomplete_count > 0 ? EXIT_INCOMPLETE : EXIT_COMPLETE;
}

static int fix_image(struct fix *x)
{
	const char *command = update_command(x);
	if (command == NULL) {
		log_at(LOG_WARNING,
		       "nothing to do: %zu findings, none that an update of system "
		       "packages mends",
		       x->result.finding_count);
		return finish(x);
	}
	const char *image = from(x);
	if (image == NULL || !write_dockerfile(x, image, command) || write_out(x) < 0 ||
	    build(x) < 0)
		return cli_fail(x->err);
	if (!x->setup.quiet)
		(void)fprintf(stderr, "corten: %zu findings mended, %zu left\n", x->mended,
			      x->left);
	return finish(x);
}

static int scan_and_fix(struct fix *x)
{
	if (scan_setup_run(&x->setup, &x->result, x->err) < 0)
		return cli_fail(x->err);
	scan_setup_warn(&x->setup, &x->result);
	vex_set_apply(&x->vex, &x->result, NULL);
	return fix_image(x);
}

static bool take_tag(struct fix *x, int *ret_exit)
{
	struct image_reference ref;
	x->tag = cli_value(x->setup.args, "tag");
	if (x->tag == NULL) {
		*ret_exit = cli_usage_error(x->setup.args, "--tag NEW is missing");
		return false;
	}
	if (image_reference_parse(x->tag, &ref, x->err) == 0)
		return true;
	(void)cli_fail(x->err);
	*ret_exit = EXIT_USAGE;
	return false;
}

static int run_fix(struct cli_args *args)
{
	struct error err = { 0 };
	struct fix x = { .arena = arena_max(FIX_MEMORY),
			 .text = buf_max(DOCKERFILE_MAX),
			 .err = &err };
	int status = EXIT_USAGE;
	if (scan_setup_take(&x.setup, args, &status) && take_tag(&x, &status) &&
	    vex_set_take(&x.vex, args, &status) && scan_setup_open_database(&x.setup, &status)) {
		x.setup.scan.families = FAMILY_VULNERABILITY;
		status = scan_and_fix(&x);
	}
	scan_result_free(&x.result);
	vex_set_free(&x.vex);
	arena_free(&x.arena);
	buf_free(&x.text);
	scan_setup_close(&x.setup);
	return status;
}

const struct cli_command cli_command_fix = {
	.name = "fix",
	.arguments = "TARGET",
	.least_arguments = 1,
	.most_arguments = 1,
	.summary = "write a Dockerfile that updates the vulnerable packages of an image",
	.description =
		"The image is scanned as by `corten scan`. The Dockerfile begins with that image "
		"by "
		"its digest, updates exactly the system packages that have known "
		"vulnerabilities and a fix, and leaves entrypoint, command, environment and user "
		"as they are. What an update does not mend is listed in it as comments.\n\n"
		"With --build the image is built with buildah, which needs the network to fetch "
		"packages. Corten itself sends nothing.\n\n"
		"Exit status: 0 done, or nothing to do; 2 wrong usage; 3 the scan could not be "
		"completed or trusted (the Dockerfile is still written), or the build failed.",
	.examples = "corten fix --tag app:1.4.1 -o Dockerfile.fix registry.example.org/app:1.4\n"
		    "corten fix --tag app:fixed --build oci-archive:app.tar\n",
	.options = fix_options,
	.run = run_fix,
};
