/**
 * The arrows: which folder may import which. Each layer lists what it may see, and whatever is not listed is refused,
 * so a new folder or package is closed until someone opens it here, in a reviewed line.
 *
 * Suites (*.spec.ts) and testing folders may see adapters and kit/testing; they still may not reach into another service.
 * Modules are parsed by swc: TypeScript 7 no longer offers the parser interface that dependency-cruiser knows.
 */
const CONTRACTS = '^services/contracts/';
const ACCESS = '^services/access/';
const KIT = '^services/kit/';
const kit = (folder) => `${KIT}${folder}/`;
const NPM = '(^|/)node_modules/';
/** A package by its name, wherever npm hoists it. */
const npm = (...names) => `${NPM}(${names.join('|')})/`;
const TEST_CODE = '\\.spec\\.ts$|/testing/';
/** Every service but the shared packages and the launcher; the capture is its name. */
const SERVICE = '^services/(?!contracts/|access/|kit/|standalone/)([^/]+)/';
const OWN = '^services/$1/';
const ownLayer = (name) => `${OWN}src/${name}/`;
/** Files of the kit that only compute: the shape of a decider, named errors for broken rules, the grammar of ids, streams and text. */
const DECIDING = `${KIT}(runtime/errors|eventing/decider)\\.ts$`;
const GRAMMAR = `${KIT}runtime/(errors|ids|streams|text/[a-zA-Z]+)\\.ts$`;
/** The frame that services fill in: interfaces, like ports, of the service runner and of the projections it drives. */
const SERVICE_FRAME = `${KIT}runtime/(service|rpc)\\.ts$`;
const PROJECTION_FRAME = `${KIT}eventing/(projection|decodedEvent)\\.ts$`;
/** What Node offers for computing; the rest of its modules touches files, sockets, threads or the clock. */
const PURE_CORE = '^(node:)?(crypto|buffer|util|util/types|assert|events|stream|timers/promises|async_hooks)$';
/** Packages that speak to a network or render an interface: only edges may use them. */
const EDGE_PACKAGES = npm('express', '@grpc/grpc-js', 'openid-client', 'helmet', 'busboy', 'rate-limiter-flexible', 'pino');

/** One driver, and the adapters (folders of kit/adapters, by the start of their names) that may hold it. */
const DRIVERS = [
  { name: 'sqlite', driver: '^(node:)?sqlite$', adapters: ['sqlite', 'fts'] },
  { name: 'mongodb', driver: npm('mongodb'), adapters: ['mongo'] },
  { name: 'kafkajs', driver: npm('kafkajs'), adapters: ['kafka'] },
  { name: 'opensearch', driver: npm('@opensearch-project/opensearch'), adapters: ['opensearch'] },
  { name: 'keycloak', driver: npm('keycloak-connect'), adapters: ['keycloak'] },
  { name: 'oidc-provider', driver: npm('oidc-provider'), adapters: ['embeddedOidc', 'embedded-oidc'] },
  { name: 'nodemailer', driver: npm('nodemailer'), adapters: ['smtp', 'mail'] },
];

/** A layer may depend on `allowed` and on nothing else. */
function only(name, from, allowed, comment) {
  return { name, severity: 'error', comment, from: { pathNot: TEST_CODE, ...from }, to: { pathNot: allowed } };
}

/** `from` may not depend on `to`, tests included unless they are left out. */
function never(name, from, to, comment) {
  return { name, severity: 'error', comment, from, to };
}

const sharedPackages = [
  only(
    'contracts-see-nothing',
    { path: CONTRACTS },
    [CONTRACTS, '^node:|^[a-z0-9_/]+$', npm('@bufbuild/protobuf', '@grpc/grpc-js')],
    'Generated types and their registry: no logic, so nothing to import.',
  ),
  only('access-is-pure', { path: ACCESS }, [ACCESS, CONTRACTS], 'Who may see what is one pure function.'),
  only(
    'ports-are-interfaces',
    { path: kit('ports') },
    [kit('ports'), CONTRACTS, ACCESS, GRAMMAR, PURE_CORE],
    'A port that knows a driver is no port.',
  ),
  never(
    'kit-sees-no-service',
    { path: KIT, pathNot: TEST_CODE },
    { path: [SERVICE, '^services/standalone/', '^(gateway|web|bench)/'] },
    'Services stand on the kit, never the other way.',
  ),
];

const layers = [
  only(
    'domain-is-pure',
    { path: `${SERVICE}src/domain/` },
    [ownLayer('domain'), CONTRACTS, DECIDING],
    'A decider sees its own state, the contracts, the shape of a decider and the named errors: no clock, no ids, no input or output.',
  ),
  only(
    'app-layer',
    { path: `${SERVICE}src/app/` },
    [
      ownLayer('app'),
      ownLayer('domain'),
      ownLayer('views'),
      CONTRACTS,
      ACCESS,
      kit('(ports|eventing|facts)'),
      SERVICE_FRAME,
      GRAMMAR,
      PURE_CORE,
      NPM,
    ],
    'Commands, queries and policies decide through the domain, read the rows their own views declare, and act through ports.',
  ),
  only(
    'views-layer',
    { path: `${SERVICE}src/views/` },
    [ownLayer('views'), CONTRACTS, ACCESS, kit('(ports|facts)'), PROJECTION_FRAME, GRAMMAR, PURE_CORE, NPM],
    'A view depends only on events and their order.',
  ),
  only(
    'transport-layer',
    { path: `${SERVICE}src/transport/` },
    [ownLayer('transport'), ownLayer('app'), ownLayer('views'), CONTRACTS, kit('(runtime|ports|eventing|facts)'), PURE_CORE, NPM],
    'Transport translates; ports and eventing are here for consumers.ts, which hangs views on the bus.',
  ),
  never(
    'inner-layers-see-no-edge',
    { path: `${SERVICE}src/(domain|app|views)/`, pathNot: TEST_CODE },
    { path: EDGE_PACKAGES },
    'HTTP, gRPC and logging belong to transport and runtime.',
  ),
  only(
    'service-wiring',
    { path: `${SERVICE}src/service\\.ts$` },
    [`${OWN}src/(app|domain|views|transport)/`, CONTRACTS, ACCESS, kit('(ports|eventing|facts|runtime)'), PURE_CORE, NPM],
    'createXService(ports) takes its ports from a launcher.',
  ),
  never('nothing-sees-main', { pathNot: TEST_CODE }, { path: '/src/main\\.ts$' }, 'main.ts reads the environment and starts a process.'),
];

const apart = [
  never(
    'services-never-import-services',
    { path: SERVICE },
    { path: '^services/(?!contracts/|access/|kit/)[^/]+/', pathNot: OWN },
    'A service learns about another from its events.',
  ),
  never(
    'services-never-import-the-edge',
    { path: '^services/(?!standalone/)' },
    { path: '^(gateway|web)/' },
    'The gateway calls services, never the other way.',
  ),
  never(
    'bench-is-nobodys-dependency',
    // The suites of the whole network import the generated one.
    { pathNot: '^(bench|scripts)/|^services/standalone/src/(testing/|[^/]+\\.network\\.spec\\.ts$)' },
    { path: '^(bench|scripts)/' },
    'The product does not import its own measuring tools.',
  ),
  never(
    'standalone-through-front-doors',
    { path: '^services/standalone/', pathNot: TEST_CODE },
    { path: SERVICE, pathNot: '/src/service\\.ts$' },
    'The launcher knows createXService and nothing behind it.',
  ),
  only(
    'gateway-layer',
    { path: '^gateway/', pathNot: `${TEST_CODE}|^gateway/src/main\\.ts$` },
    ['^gateway/', CONTRACTS, ACCESS, kit('(ports|eventing|facts|runtime)'), '^node:|^[a-z0-9_/]+$', NPM],
    'The gateway sees contracts, access and the kit without its adapters.',
  ),
  never(
    'web-stands-alone',
    { path: '^web/' },
    { path: '^(services|gateway|bench)/' },
    'The client knows the OpenAPI types it generates, and no server code.',
  ),
  never('web-is-nobodys-dependency', { pathNot: '^(web|scripts)/' }, { path: '^web/' }, 'The gateway serves the client as files.'),
];

const adapters = [
  only(
    'adapter-layer',
    { path: kit('adapters') },
    [kit('(adapters|ports|runtime)'), CONTRACTS, '^node:|^[a-z0-9_/]+$', NPM],
    'An adapter is a port made of one driver.',
  ),
  never(
    'adapters-never-import-adapters',
    { path: `${KIT}adapters/([^/]+)/`, pathNot: TEST_CODE },
    { path: kit('adapters'), pathNot: `${KIT}adapters/$1/` },
    'Adapters are chosen one by one; what two share goes into runtime.',
  ),
  never(
    'only-launchers-see-adapters',
    { pathNot: [TEST_CODE, kit('(adapters|launch)'), '/src/main\\.ts$', '^services/standalone/', '^bench/'] },
    { path: kit('adapters') },
    'Which engine serves a port is the decision of main.ts and standalone, and of what every main.ts shares (kit/launch).',
  ),
  only(
    'launch-layer',
    { path: kit('launch') },
    [kit('(launch|adapters|ports|runtime)'), CONTRACTS, '^node:|^[a-z0-9_/]+$', NPM],
    'The launcher of a service in a process of its own joins adapters and runtime; it knows no service.',
  ),
  never(
    'only-mains-see-launch',
    { pathNot: [TEST_CODE, kit('launch'), '/src/main\\.ts$'] },
    { path: kit('launch') },
    'What reads the environment and opens adapters is the edge of a process.',
  ),
  ...DRIVERS.map(({ name, driver, adapters: folders }) =>
    never(
      `driver-${name}-in-its-adapter`,
      { pathNot: [TEST_CODE, `${KIT}adapters/(${folders.join('|')})`, '^(bench|scripts)/'] },
      { path: driver },
      'One driver, one adapter.',
    ),
  ),
];

const hygiene = [
  never('no-cycles', {}, { circular: true }, 'Two modules that need each other are one module, or three.'),
  never('resolvable', {}, { couldNotResolve: true, pathNot: '^(bun|deno):' }, 'The import leads nowhere.'),
  never(
    'declared-packages',
    {},
    { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    'A package is declared by the workspace that uses it.',
  ),
  never(
    'no-development-packages',
    { path: '^(services|gateway)/', pathNot: [TEST_CODE, '^services/contracts/scripts/'] },
    { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    'A released process has no development packages.',
  ),
  never(
    'testing-stays-in-tests',
    { path: '^(services|gateway|web)/', pathNot: TEST_CODE },
    { path: '/testing/|\\.spec\\.ts$' },
    'Nothing that ships depends on test code.',
  ),
  {
    name: 'no-orphans',
    severity: 'error',
    comment: 'Nothing imports it, and it imports nothing.',
    from: {
      orphan: true,
      pathNot: [TEST_CODE, kit('ports'), '/(main|cli)\\.ts$', '^scripts/', '/scripts/', '\\.d\\.ts$', '\\.config\\.[jt]s$'],
    },
    to: {},
  },
];

module.exports = {
  forbidden: [...sharedPackages, ...layers, ...apart, ...adapters, ...hygiene],
  options: {
    parser: 'swc',
    combinedDependencies: true,
    doNotFollow: { path: ['node_modules', 'services/contracts/gen'] },
    exclude: { path: ['/(coverage|dist)/', '^(data|charts|docs|k8s)/'] },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'types', 'default'],
      extensions: ['.ts', '.tsx', '.js', '.mjs', '.cjs', '.json'],
    },
    skipAnalysisNotInRules: true,
  },
};
