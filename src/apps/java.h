/* Whose jar is it: coordinates from what a Java archive says of itself.
 *
 * In this order, and no further than that:
 *   1. META-INF/maven/GROUP/ARTIFACT/pom.properties, each that is there (a shaded
 *      jar has those of the jars in it);
 *   2. the manifest of a Jenkins plugin (Group-Id, Short-Name, Plugin-Version);
 *   3. a file name ARTIFACT-VERSION of an artifact whose group java_groups.c knows, or
 *      ARTIFACT and the version of the manifest; Tomcat's jars, by their bundle's name;
 *   4. Implementation-Vendor-Id as the group, where the bundle's or module's name
 *      begins with it, and ARTIFACT-VERSION of the file name;
 *   5. Bundle-SymbolicName GROUP.ARTIFACT with the file name's ARTIFACT.
 * A jar that tells none of these has no coordinates: its name alone is not told,
 * for the same name is used in many groups. */
#ifndef CORTEN_APPS_JAVA_H
#define CORTEN_APPS_JAVA_H

#include "apps/binary.h"

/* Values of the manifest's main section; views into the text they were read from. */
struct java_manifest {
	struct bytes title, version, vendor_id; /* Implementation-… */
	struct bytes bundle, bundle_version; /* Bundle-SymbolicName, Bundle-Version */
	struct bytes module; /* Automatic-Module-Name */
	struct bytes plugin_group, plugin_name, plugin_version; /* Jenkins plugins */
	struct bytes jenkins; /* Jenkins-Version: of jenkins.war */
};

struct java_name {
	struct bytes group, artifact, version;
};

/* Joins folded lines in place (JAR File Specification, "Notes on Manifest and
 * Signature Files") and reads the main section. */
struct java_manifest java_manifest_read(struct buf *text);

/* pom.properties; what it does not tell is taken from its path in the archive.
 * False when a part is missing or is a placeholder that was never filled in. */
bool java_properties_read(struct bytes text, struct bytes path, struct java_name *ret);

/* META-INF/maven/GROUP/ARTIFACT/pom.properties */
bool java_is_properties(struct bytes path);

/* ARTIFACT-VERSION.ext; the version is empty when the name has none. */
struct java_name java_split_file(struct bytes file);

/* Rules 2 to 5. */
bool java_guess(const struct java_manifest *m, struct bytes file, struct java_name *ret);

/* 42 of "42.2.5" */
uint64_t java_major(struct bytes version);

/* The group of an artifact that is known by its name alone; empty if it is not. */
struct bytes java_known_group(struct bytes artifact, struct bytes version);

#endif
