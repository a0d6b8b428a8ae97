// draw-architecture.mjs [--check]: draws docs/images/architecture.svg from the imports of the code itself. A room stands
// above all that it imports; an arrow that follows from others is left out. With --check it only says whether the picture
// is the code's, and an import that goes up fails: rooms that need each other are one room.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const picture = join(root, 'docs', 'images', 'architecture.svg');

/** Rooms by the path that their files begin with; the longest that fits is a file's room. */
const ROOMS = {
  client: ['client', 'command line, rendering,', 'exec, codec server'],
  worker: ['worker', 'workers, interceptors,', 'sealing of secrets'],
  workflows: ['workflows', 'order only: phases, recovery,', 'start-over, report'],
  activities: ['activities', 'what Temporal may ask', 'of a host'],
  reads: ['reads', 'handler: cache, breaker,', 'audit, copies'],
  environment: ['environment', 'declaration, host, lease,', 'nodes’ files, reports'],
  infisical: ['infisical', 'one interface, two', 'generations behind it'],
  stack: ['stack', 'a Compose file → containers:', 'compose, engine, images'],
  'environment/files': ['environment/files', 'durable files, locks,', 'the installation’s key'],
  'environment/network': ['environment/network', 'one HTTP exchange,', 'who listens at a port'],
  contracts: ['contracts', 'pure: YAML → requirements,', 'plan, resolve, failures'],
};
/** One small file that belongs to the durable files: the installation's own key. */
const MOVED = { 'environment/keys.ts': 'environment/files' };
/** What stands outside, by the code that a room reaches it with. */
const OUTSIDE = {
  'Temporal server': /^import (?!type)[^;]*from '@temporalio\/(client|worker)'/m,
  Infisical: /^import (?!type)[^;]*from '@infisical\/sdk'|import\('@infisical\/sdk'\)|class InfisicalHttp\b/m,
  'Docker Engine': /^import (?!type)[^;]*from 'dockerode'/m,
};

const { edges, outside } = readImports();
const rows = layersOf(edges);
const drawn = draw(rows, reduced(edges), outside);
if (!process.argv.includes('--check')) {
  writeFileSync(picture, drawn);
  console.log(`${relative(root, picture)}: ${rows.flat().length} rooms in ${rows.length} rows`);
} else if (!existsSync(picture) || readFileSync(picture, 'utf8') !== drawn) {
  console.error(
    `${relative(root, picture)} is not drawn from today's imports: node scripts/draw-architecture.mjs`,
  );
  process.exit(1);
}

/** From each room to each that it imports: `calls`, or `types` where nothing of it is left when compiled. */
function readImports() {
  const edges = new Map(Object.keys(ROOMS).map((room) => [room, new Map()]));
  const outside = new Map();
  for (const room of new Set(Object.keys(ROOMS).map((name) => name.split('/')[0]))) {
    for (const name of readdirSync(join(root, room), { recursive: true })) {
      if (!name.endsWith('.ts')) continue;
      const file = join(room, name);
      const [from, text] = [roomOf(file), readFileSync(join(root, file), 'utf8')];
      for (const [place, code] of Object.entries(OUTSIDE)) {
        if (code.test(text)) outside.set(place, (outside.get(place) ?? new Set()).add(from));
      }
      for (const { path, isType } of importsOf(text)) {
        if (!path.startsWith('.')) continue;
        const to = roomOf(`${join(dirname(file), path)}.ts`);
        if (to === from) continue;
        if (!isType || !edges.get(from).has(to)) edges.get(from).set(to, isType ? 'types' : 'calls');
      }
    }
  }
  return { edges, outside };
}

function* importsOf(text) {
  for (const [, only, names, path] of text.matchAll(
    /^(?:import|export)\s+(type\s)?([^;'"]*?)from '([^']+)'/gm,
  )) {
    const each = (names.match(/\{([^}]*)\}/)?.[1] ?? names).split(',').filter((name) => name.trim() !== '');
    yield { path, isType: only !== undefined || each.every((name) => name.trim().startsWith('type ')) };
  }
  for (const [, path] of text.matchAll(/\bimport\('([^']+)'\)/g)) yield { path, isType: false };
}

function roomOf(file) {
  if (MOVED[file] !== undefined) return MOVED[file];
  const rooms = Object.keys(ROOMS).filter((room) => `${file.replace(/\.ts$/, '')}/`.startsWith(`${room}/`));
  return rooms.sort((a, b) => b.length - a.length)[0];
}

/** Rooms in rows, the uppermost first: each below all that import it. */
function layersOf(edges) {
  const left = new Set(edges.keys());
  const rows = [];
  while (left.size > 0) {
    const row = [...left].filter((room) => ![...left].some((other) => edges.get(other).has(room)));
    if (row.length === 0) {
      console.error(`These rooms import each other: ${[...left].join(', ')}.`);
      process.exit(1);
    }
    row.forEach((room) => left.delete(room));
    rows.push(row);
  }
  return rows;
}

/** Without the arrows that a longer way says already. */
function reduced(edges) {
  const reaches = (from, to) => [...edges.get(from).keys()].some((next) => next === to || reaches(next, to));
  return [...edges].flatMap(([from, targets]) =>
    [...targets]
      .filter(([to]) => ![...targets.keys()].some((other) => other !== to && reaches(other, to)))
      .map(([to, kind]) => ({ from, to, kind })),
  );
}

function draw(rows, arrows, outside) {
  const [WIDTH, BOX, HEIGHT, STEP, MIDDLE] = [900, 200, 62, 96, 450];
  const places = new Map();
  rows.forEach((row, y) =>
    row.forEach((room, x) => {
      const left = MIDDLE + (x - (row.length - 1) / 2) * (BOX + 60) - BOX / 2;
      places.set(room, { x: left, y: 16 + y * STEP, middle: left + BOX / 2 });
    }),
  );
  const rooms = [...places].map(([room, { x, y, middle }]) => {
    const [title, ...lines] = ROOMS[room];
    const text = lines.map((line, n) => label(middle, y + 37 + n * 14, 'small', line)).join('');
    return `<rect class="room" x="${x}" y="${y}" width="${BOX}" height="${HEIGHT}" rx="6"/>${label(middle, y + 20, 'name', title)}${text}`;
  });
  const lines = arrows.map(({ from, to, kind }) => {
    const [a, b] = [places.get(from), places.get(to)];
    const [top, end] = [a.y + HEIGHT, b.y - 2];
    const bend = (end - top) / 2;
    return `<path class="${kind}" d="M${a.middle} ${top}C${a.middle} ${top + bend} ${b.middle} ${end - bend} ${b.middle} ${end}"/>`;
  });
  const others = [...outside].sort(([a], [b]) => (a < b ? -1 : 1));
  const far = others.map(([place, users]) => {
    const reaching = [...users].map((room) => places.get(room));
    const mean = (of) => reaching.reduce((sum, box) => sum + of(box), 0) / reaching.length;
    const [y, isLeft] = [
      Math.round(mean((box) => box.y)) + HEIGHT / 2,
      mean(({ middle }) => middle) < MIDDLE,
    ];
    const reach = reaching.map(
      ({ x, y: top }) =>
        `<path class="reach" d="M${isLeft ? x : x + BOX} ${top + HEIGHT / 2}L${isLeft ? 165 : WIDTH - 165} ${y}"/>`,
    );
    const x = isLeft ? 15 : WIDTH - 165;
    return `${reach.join('')}<rect class="far" x="${x}" y="${y - 20}" width="150" height="40" rx="20"/>${label(x + 75, y + 5, 'name', place)}`;
  });
  const height = rows.length * STEP + 16;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" font-family="sans-serif">
<title>Rooms of onex-bootstrap: an arrow is an import, a dashed one imports types only</title>
<style>.room{fill:#eef4ff;stroke:#3b6fb6}.far{fill:#fff6e5;stroke:#b67a1f}.name{font-size:14px;font-weight:bold}.small{font-size:11px;fill:#444}path{fill:none;stroke:#667}.calls,.types{marker-end:url(#tip)}.types{stroke-dasharray:5 4}.reach{stroke:#b67a1f;stroke-width:1}</style>
<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0L8 4L0 8z" style="fill:#667;stroke:none"/></marker></defs>
<rect width="100%" height="100%" fill="#fff"/>
${[...far, ...lines, ...rooms].join('\n')}
</svg>
`;
}

function label(x, y, kind, text) {
  return text === '' ? '' : `<text class="${kind}" x="${x}" y="${y}" text-anchor="middle">${text}</text>`;
}
