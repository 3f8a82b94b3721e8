// cortenScan target: 'docker-archive:app.tar', policy: '/etc/corten/policy.yaml'
// The library's copy of integrations/ci/corten-gate.sh is resources/corten-gate.sh.
def call(Map options = [:]) {
    String reports = options.reports ?: 'corten-reports'
    String script = "${pwd(tmp: true)}/corten-gate.sh"
    writeFile file: script, text: libraryResource('corten-gate.sh')
    int status = 2
    // Options go by the environment, so that none of them is read as shell.
    withEnv(["CORTEN_TARGET=${options.target ?: ''}",
             "CORTEN_POLICY=${lines(options.policy)}",
             "CORTEN_VEX=${lines(options.vex)}",
             "CORTEN_NAME=${options.name ?: ''}",
             "CORTEN_REPORTS=${reports}",
             "CORTEN_FORMATS=${options.formats ?: 'sarif json junit html'}",
             "CORTEN_TRUST_PROJECT_POLICY=${options.trustProjectPolicy ? 'true' : 'false'}",
             "CORTEN_ARGUMENTS=${lines(options.arguments)}",
             "CORTEN_SCRIPT=${script}"]) {
        status = sh(script: 'sh "$CORTEN_SCRIPT"', returnStatus: true)
    }
    junit allowEmptyResults: true, skipMarkingBuildUnstable: true, testResults: "${reports}/corten.xml"
    archiveArtifacts allowEmptyArchive: true, artifacts: "${reports}/**"
    if (status == 1) {
        error 'corten: the image breaks the policy'
    }
    if (status != 0) {
        error "corten: the scan could not be completed or trusted (status ${status})"
    }
}

private static String lines(Object value) {
    return value instanceof Collection ? value.join('\n') : (value ?: '').toString()
}
