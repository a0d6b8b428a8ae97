import { batchCases } from './cases/batches';
import { batchUpsertCases } from './cases/batch-upsert';
import { clientSecretCases } from './cases/client-secrets';
import { environmentCases } from './cases/environments';
import { folderCases } from './cases/folders';
import { identityCases } from './cases/identities';
import { instanceCases } from './cases/instance';
import { listingCases } from './cases/listings';
import { membershipCases } from './cases/memberships';
import { missingReadCases } from './cases/missing-reads';
import { projectCases } from './cases/projects';
import { readAccessCases } from './cases/read-access';
import { readListingCases } from './cases/read-listings';
import { readReferenceCases } from './cases/read-references';
import { readCases } from './cases/reads';
import { recoveryCases } from './cases/recovery';
import { refusalCases } from './cases/refusals';
import { roleCases } from './cases/roles';
import { sdkErrorCases } from './cases/sdk-errors';
import { sdkReadCases } from './cases/sdk-reads';
import { secretCases } from './cases/secrets';
import { tokenCases } from './cases/tokens';
import { universalAuthCases } from './cases/universal-auth';
import { valueCases } from './cases/values';
import type { Case } from './world';

/** Every behaviour that the product relies on, in the order in which it meets them. */
export const allCases: Case[] = [
  ...instanceCases,
  ...refusalCases,
  ...recoveryCases,
  ...projectCases,
  ...environmentCases,
  ...folderCases,
  ...secretCases,
  ...valueCases,
  ...batchCases,
  ...batchUpsertCases,
  ...listingCases,
  ...identityCases,
  ...universalAuthCases,
  ...clientSecretCases,
  ...tokenCases,
  ...membershipCases,
  ...roleCases,
  ...readCases,
  ...missingReadCases,
  ...readReferenceCases,
  ...readListingCases,
  ...readAccessCases,
  ...sdkReadCases,
  ...sdkErrorCases,
];
