/* corten completion bash|zsh|fish: the tables as a script for the shell. */
#include "cli/internal.h"

const char *const cli_target_prefixes =
	"docker-archive: oci-archive: oci: rootfs: dir: registry: docker: podman: containerd: cri: "
	"containers-storage: container:";

static bool contains(const char *text, const char *part)
{
	return text != NULL && strstr(text, part) != NULL;
}

enum cli_word cli_word_of(const char *argument)
{
	if (contains(argument, "TARGET"))
		return CLI_WORD_TARGET;
	if (contains(argument, "FILE"))
		return CLI_WORD_FILE;
	if (contains(argument, "DIR"))
		return CLI_WORD_DIRECTORY;
	if (contains(argument, "COMMAND"))
		return CLI_WORD_COMMAND;
	return CLI_WORD_OTHER;
}

static int run_completion(struct cli_args *a)
{
	static const struct {
		const char *shell;
		void (*print)(FILE *out, const struct cli_command *const *commands);
	} shells[] = {
		{ "bash", cli_complete_bash },
		{ "zsh", cli_complete_zsh },
		{ "fish", cli_complete_fish },
	};
	for (size_t i = 0; i < sizeof shells / sizeof shells[0]; i++) {
		if (strcmp(a->arguments[0], shells[i].shell) != 0)
			continue;
		shells[i].print(stdout, cli_commands);
		return EXIT_COMPLETE;
	}
	return cli_usage_error(a, "\"%s\" is not one of bash, zsh and fish", a->arguments[0]);
}

const struct cli_command cli_command_completion = {
	.name = "completion",
	.arguments = "bash|zsh|fish",
	.least_arguments = 1,
	.most_arguments = 1,
	.summary = "print the script that teaches a shell to complete corten's words",
	.description = "The packages install these scripts where the shells look for them.",
	.examples =
		"source <(corten completion bash)\tfor this bash\n"
		"corten completion zsh > ~/.zfunc/_corten\tfor every zsh with ~/.zfunc in fpath\n"
		"corten completion fish > ~/.config/fish/completions/corten.fish\t"
		"for every fish\n",
	.run = run_completion,
};
