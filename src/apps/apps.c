#include "apps/apps.h"

static const char *const kind_names[APP_KINDS] = {
	[APP_NONE] = "",
	[APP_NODE_PACKAGE] = "npm-package",
	[APP_PYTHON_DIST] = "python-dist",
	[APP_PYTHON_EGG] = "python-egg",
	[APP_JAVA_ARCHIVE] = "java-archive",
	[APP_ELF] = "binary",
	[APP_GEMSPEC] = "gemspec",
	[APP_COMPOSER_INSTALLED] = "composer-installed",
	[APP_NUGET_DEPS] = "nuget-deps",
	[APP_CONDA_META] = "conda-meta",
	[APP_R_DESCRIPTION] = "r-description",
	[APP_WORDPRESS] = "wordpress",
	[APP_JAVASCRIPT] = "javascript",
	[APP_PRODUCT] = "product",
	[APP_NPM_LOCK] = "npm-lock",
	[APP_YARN_LOCK] = "yarn-lock",
	[APP_PNPM_LOCK] = "pnpm-lock",
	[APP_BUN_LOCK] = "bun-lock",
	[APP_POETRY_LOCK] = "poetry-lock",
	[APP_UV_LOCK] = "uv-lock",
	[APP_PIPFILE_LOCK] = "pipfile-lock",
	[APP_PYLOCK] = "pylock",
	[APP_REQUIREMENTS] = "requirements",
	[APP_POM] = "pom",
	[APP_GRADLE_LOCK] = "gradle-lock",
	[APP_SBT_LOCK] = "sbt-lock",
	[APP_GO_MOD] = "go-mod",
	[APP_CARGO_LOCK] = "cargo-lock",
	[APP_GEMFILE_LOCK] = "gemfile-lock",
	[APP_COMPOSER_LOCK] = "composer-lock",
	[APP_NUGET_LOCK] = "nuget-lock",
	[APP_CONAN_LOCK] = "conan-lock",
	[APP_SWIFT_RESOLVED] = "swift-resolved",
	[APP_PUB_LOCK] = "pub-lock",
	[APP_MIX_LOCK] = "mix-lock",
	[APP_RENV_LOCK] = "renv-lock",
	[APP_CONDA_ENVIRONMENT] = "conda-environment",
};

const char *app_kind_name(enum app_kind kind)
{
	return (unsigned)kind < APP_KINDS ? kind_names[kind] : "";
}

bool app_kind_is_lock(enum app_kind kind)
{
	return kind >= APP_NPM_LOCK && kind < APP_KINDS;
}
