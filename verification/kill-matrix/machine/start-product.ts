import { start, type Running } from '../../harness/processes';
import { programOf, variablesOf } from '../../harness/product';
import { ORDERS, type Orders } from '../side-effects/orders';
import { places, type Setting } from './job';

/** The product's arguments, and what it reads from its standard input. */
export interface Command {
  args: readonly string[];
  input?: string | undefined;
  /** Beside those of the home. */
  variables?: Record<string, string> | undefined;
}

/** Starts the product, watched if there are orders. */
export function startProduct(
  { product, preload, toolsPath }: Setting,
  { args, input, variables = {} }: Command,
  orders: Orders | undefined,
  onOutput: (text: string) => void,
): Running {
  const watched = orders === undefined ? [] : ['--require', preload];
  const env = {
    PATH: `${toolsPath}:${process.env['PATH']}`,
    HOME: '/tmp',
    ...variablesOf(places),
    ...(orders === undefined ? {} : { [ORDERS]: JSON.stringify(orders) }),
    ...variables,
  };
  const all = [...watched, '--', programOf(product), ...args];
  return start(process.execPath, all, { cwd: '/tmp', env, input }, onOutput);
}
