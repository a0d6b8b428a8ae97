import type { ApplicationFailure } from '@temporalio/common';
import { badInput, missingPrerequisite, refused, unavailable } from '../../contracts/core/failures';
import { registryOf } from './registry-login';

interface Asked {
  image: string;
  registry: string;
  isLoggedIn: boolean;
}

// What engines say where no registry answered, and what that means: nobody refused the image.
const UNREACHABLE: [says: RegExp, means: string][] = [
  [/no such host|server misbehaving|name resolution/i, 'DNS does not know its name'],
  [/connection refused|no route to host|network is unreachable/i, 'nothing takes the connection'],
  [/proxyconnect/i, 'its proxy cannot be reached'],
  [/i\/o timeout|deadline exceeded|Client\.Timeout|handshake timeout|request canceled/i, 'no answer in time'],
  [/dial tcp|connection reset|\bEOF\b|broken pipe/i, 'the connection broke'],
];

/** Why no registry was reached, in our own words; undefined where one answered. */
export const whyUnreachable = (words: string): string | undefined =>
  UNREACHABLE.find(([says]) => says.test(words))?.[1];

const LOAD = 'or load the image with docker load';

// What engines say of a registry that was there and said no, in the order in which they are looked for.
const REFUSALS: [says: RegExp, failure: (asked: Asked) => ApplicationFailure][] = [
  [
    /toomanyrequests|too many requests|rate limit|\b429\b/i,
    ({ image, registry, isLoggedIn }) =>
      unavailable(
        `The registry ${registry} limits pulls and did not give ${image}.${isLoggedIn ? '' : ` Who has logged in may pull more: docker login ${registry}`}`,
        { retryAfterSeconds: 60 },
      ),
  ],
  [
    /no matching manifest|no match for platform|does not match the specified platform|cannot be used on this platform/i,
    ({ image }) =>
      badInput(
        `The registry has ${image}, but not for the platform of this machine (linux, ${process.arch}). Name one in the stack file that there is for it, ${LOAD}.`,
      ),
  ],
  [
    /denied|unauthorized|unauthenticated|authentication required|authorization failed|no basic auth|insufficient_scope|forbidden|\b40[13]\b/i,
    ({ image, registry, isLoggedIn }) =>
      missingPrerequisite(
        isLoggedIn
          ? `The registry ${registry} does not give ${image} to the login in the Docker configuration, or has no such image. Log in as somebody who may read it: docker login ${registry}; or correct the stack file.`
          : `The registry ${registry} does not give ${image} to somebody who has not logged in, or has no such image. Log in: docker login ${registry}; correct the stack file, ${LOAD}.`,
      ),
  ],
  [
    /server gave HTTP response to HTTPS client/i,
    ({ image, registry }) =>
      missingPrerequisite(
        `The registry ${registry} speaks no TLS, so that the Docker Engine does not pull ${image} from it. Give it a certificate, or name it in the engine's insecure-registries.`,
      ),
  ],
  [
    /x509|certificate|tls: /i,
    ({ image, registry }) =>
      missingPrerequisite(
        `The Docker Engine does not trust the certificate of the registry ${registry}, so that ${image} is not pulled. Put the PEM file of its authority at /etc/docker/certs.d/${registry}/ca.crt on the engine's machine.`,
      ),
  ],
  [
    /no space left|disk quota/i,
    ({ image }) =>
      missingPrerequisite(`The disk of the Docker Engine is full: ${image} does not fit. Free some space.`),
  ],
  [
    /verification failed|unexpected (digest|commit digest)|failed digest|digest did not match/i,
    ({ image, registry }) =>
      refused(
        `What the registry ${registry} sent is not the ${image} that its digest names: nothing was taken.`,
      ),
  ],
  [
    /manifest unknown|name unknown|name invalid|not found|does not exist|invalid reference|\b404\b/i,
    ({ image, registry }) =>
      badInput(`The registry ${registry} has no image ${image}. Correct the stack file, ${LOAD}.`),
  ],
];

/** What a registry's refusal means and what to do: it is there, so that no other image stands in for the one that it refuses. */
export function registryRefusal(
  image: string,
  words: string,
  { answered, isLoggedIn }: { answered: boolean; isLoggedIn: boolean },
): ApplicationFailure {
  const registry = registryOf(image);
  const refusal = REFUSALS.find(([says]) => says.test(words))?.[1];
  if (refusal !== undefined) return refusal({ image, registry, isLoggedIn });
  return unavailable(
    answered
      ? `Pulling ${image} was cut off.`
      : `The registry ${registry} did not give ${image}: it has an error, or refuses it in words that are not known here.`,
  );
}
