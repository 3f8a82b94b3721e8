/* What Python's tools and conda install and lock. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "read_helper.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void metadata_of_installed_distributions_is_read(void **state)
{
	static const struct read_row rows[] = {
		{ "lib/python3/site-packages/requests-2.31.0.dist-info/METADATA",
		  "Metadata-Version: 2.1\n"
		  "Name: requests\n"
		  "Version: 2.31.0\n"
		  "License: Apache 2.0\n"
		  "Classifier: License :: OSI Approved :: Apache Software License\n"
		  "Description: one\n"
		  "        Version: 9.9.9\n"
		  "\n"
		  "Name: other\n"
		  "Version: 8.8.8\n",
		  "pypi requests 2.31.0 (Apache 2.0)\n" },
		{ "x/PyYAML-6.0.egg-info",
		  "Metadata-Version: 2.1\n"
		  "name: PyYAML\n"
		  "version: 6.0\n"
		  "License: UNKNOWN\n"
		  "Classifier: License :: OSI Approved :: MIT License\n",
		  "pypi PyYAML 6.0 (MIT License)\n" },
		{ "x/a.egg-info/PKG-INFO",
		  "Metadata-Version: 2.4\r\n"
		  "Name: a.b_c\r\n"
		  "Version: 1!2.0.post1+local\r\n"
		  "License-Expression: MIT OR Apache-2.0\r\n"
		  "License: x\r\n"
		  "\r\n",
		  "pypi a.b_c 1!2.0.post1+local (MIT OR Apache-2.0)\n" },
		{ "x/a-1.egg/EGG-INFO/PKG-INFO", "Name: a\n", "pypi a -\n" },
	};
	(void)state;
	check_rows(rows, COUNT(rows));
}

static void poetry_lock_files_tell_development_by_category_or_group(void **state)
{
	static const struct read_row rows[] = {
		{ "poetry.lock",
		  "[[package]]\n"
		  "name = \"atomicwrites\"\n"
		  "version = \"1.4.0\"\n"
		  "description = \"x\"\n"
		  "category = \"dev\"\n"
		  "optional = false\n"
		  "\n"
		  "[[package]]\n"
		  "name = \"click\"\n"
		  "version = \"8.1.3\"\n"
		  "category = \"main\"\n"
		  "\n"
		  "[[package]]\n"
		  "name = \"local\"\n"
		  "version = \"0.1.0\"\n"
		  "\n"
		  "[package.source]\n"
		  "type = \"directory\"\n"
		  "url = \"../local\"\n"
		  "\n"
		  "[metadata]\n"
		  "lock-version = \"1.1\"\n",
		  "pypi atomicwrites 1.4.0 dev :1\n"
		  "pypi click 8.1.3 :8\n" },
		{ "poetry.lock",
		  "[[package]]\n"
		  "name = \"a\"\n"
		  "version = \"1\"\n"
		  "groups = [\"dev\", \"docs\"]\n"
		  "[[package]]\n"
		  "name = \"b\"\n"
		  "version = \"2\"\n"
		  "groups = [\"main\", \"dev\"]\n",
		  "pypi a 1 dev :1\n"
		  "pypi b 2 :5\n" },
		{ "poetry.lock", "", "" },
	};
	(void)state;
	check_rows(rows, COUNT(rows));
}

static void uv_lock_files_say_what_follows_from_what(void **state)
{
	static const struct read_row rows[] = {
		{ "uv.lock",
		  "version = 1\n"
		  "requires-python = \">=3.9\"\n"
		  "\n"
		  "[[package]]\n"
		  "name = \"anyio\"\n"
		  "version = \"4.3.0\"\n"
		  "source = { registry = \"https://pypi.org/simple\" }\n"
		  "dependencies = [\n"
		  "    { name = \"idna\" },\n"
		  "]\n"
		  "\n"
		  "[[package]]\n"
		  "name = \"demo\"\n"
		  "version = \"0.1.0\"\n"
		  "source = { virtual = \".\" }\n"
		  "dependencies = [\n"
		  "    { name = \"anyio\" },\n"
		  "]\n"
		  "\n"
		  "[package.dev-dependencies]\n"
		  "dev = [\n"
		  "    { name = \"pytest\" },\n"
		  "]\n"
		  "\n"
		  "[[package]]\n"
		  "name = \"idna\"\n"
		  "version = \"3.6\"\n"
		  "source = { registry = \"https://pypi.org/simple\" }\n"
		  "\n"
		  "[[package]]\n"
		  "name = \"iniconfig\"\n"
		  "version = \"2.0.0\"\n"
		  "source = { registry = \"https://pypi.org/simple\" }\n"
		  "\n"
		  "[[package]]\n"
		  "name = \"pytest\"\n"
		  "version = \"8.1.1\"\n"
		  "source = { registry = \"https://pypi.org/simple\" }\n"
		  "dependencies = [\n"
		  "    { name = \"iniconfig\" },\n"
		  "]\n",
		  "pypi anyio 4.3.0 direct :4\n"
		  "pypi idna 3.6 :25\n"
		  "pypi iniconfig 2.0.0 dev :30\n"
		  "pypi pytest 8.1.1 dev direct :35\n" },
	};
	(void)state;
	check_rows(rows, COUNT(rows));
}

static void pipenv_and_pylock_files_are_read(void **state)
{
	static const struct read_row rows[] = {
		{ "Pipfile.lock",
		  "{\n"
		  "  \"_meta\": { \"hash\": { \"sha256\": \"x\" }, \"requires\": {} },\n"
		  "  \"default\": {\n"
		  "    \"certifi\": { \"hashes\": [], \"version\": \"==2022.12.7\" },\n"
		  "    \"mine\": { \"editable\": true, \"path\": \".\" },\n"
		  "    \"g\": { \"git\": \"https://example.org/g.git\", \"ref\": \"0123\" }\n"
		  "  },\n"
		  "  \"develop\": { \"pytest\": { \"version\": \"==7.2.0\" }, \"certifi\": { "
		  "\"version\": \"==2022.12.7\" } }\n"
		  "}\n",
		  "pypi certifi 2022.12.7 :4\n"
		  "pypi g - :6\n"
		  "pypi pytest 7.2.0 dev :8\n" },
		{ "pylock.dev.toml",
		  "lock-version = '1.0'\n"
		  "created-by = 'mousebender'\n"
		  "[[packages]]\n"
		  "name = 'attrs'\n"
		  "version = '25.1.0'\n"
		  "[[packages.wheels]]\n"
		  "name = 'attrs-25.1.0-py3-none-any.whl'\n"
		  "[[packages]]\n"
		  "name = 'mine'\n"
		  "directory = { path = '.' }\n",
		  "pypi attrs 25.1.0 :3\n" },
	};
	(void)state;
	check_rows(rows, COUNT(rows));
}

static void only_pinned_requirements_are_packages(void **state)
{
	static const struct read_row rows[] = {
		{ "requirements-dev.txt",
		  "# comment\n"
		  "a==1.0#why\n"
		  "B.c_d[extra1, extra2] == 2.0 ; python_version < \"3.8\"  # why\n"
		  "e===3.0-weird -C why\n"
		  "f (==4.0)\n"
		  "g==5.0 \\\n"
		  "    --hash=sha256:0123 \\\n"
		  "    --hash=sha256:4567\n"
		  "h==6.0 --hash=sha256:89\n"
		  "i>=6,==7.0\n"
		  "--index-url https://pypi.org/simple\n"
		  "./folder\n"
		  "https://example.org/j-1.0.tar.gz\n",
		  "pypi a 1.0 direct :2\n"
		  "pypi B.c_d 2.0 direct :3\n"
		  "pypi e 3.0-weird direct :4\n"
		  "pypi f 4.0 direct :5\n"
		  "pypi g 5.0 direct :6\n"
		  "pypi h 6.0 direct :9\n"
		  "pypi i 7.0 direct :10\n" },
		{ "requirements/base.txt",
		  "\xef\xbb\xbf"
		  "a==1.0\r\n"
		  "b==2.0",
		  "pypi a 1.0 direct :1\n"
		  "pypi b 2.0 direct :2\n" },
	};
	(void)state;
	check_rows(rows, COUNT(rows));
}

static void conda_packages_are_read(void **state)
{
	static const struct read_row rows[] = {
		{ "opt/conda/conda-meta/zlib-1.2.13-hd590300_5.json",
		  "{\"build\":\"hd590300_5\",\"depends\":[\"a\"],\"files\":[\"lib/"
		  "libz.so\"],\"license\":\"Zlib\",\"name\":\"zlib\",\"version\":\"1.2.13\","
		  "\"link\":{\"name\":\"no\",\"version\":\"0\"}}\n",
		  "conda zlib 1.2.13 (Zlib)\n" },
		{ "environment.yml",
		  "name: demo\n"
		  "channels:\n"
		  "  - conda-forge\n"
		  "dependencies:\n"
		  "  - python=3.11.4=hab00c5b_0_cpython\n"
		  "  - conda-forge::numpy==1.26.0\n"
		  "  - pip:\n"
		  "      - requests==2.31.0\n",
		  "conda python 3.11.4 direct :5\n"
		  "conda numpy 1.26.0 direct :6\n"
		  "pypi requests 2.31.0 direct :8\n" },
		{ "environment.yaml", "a: [b]\n", "" },
	};
	(void)state;
	check_rows(rows, COUNT(rows));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(metadata_of_installed_distributions_is_read),
		cmocka_unit_test(poetry_lock_files_tell_development_by_category_or_group),
		cmocka_unit_test(uv_lock_files_say_what_follows_from_what),
		cmocka_unit_test(pipenv_and_pylock_files_are_read),
		cmocka_unit_test(only_pinned_requirements_are_packages),
		cmocka_unit_test(conda_packages_are_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
