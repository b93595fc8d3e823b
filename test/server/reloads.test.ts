import { generateKeyPairSync } from 'node:crypto';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { Server } from 'node:https';
import { connect } from 'node:tls';
import { Registry } from 'prom-client';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { X509CertificateGenerator } from '@peculiar/x509';
import {
  type DevelopmentCertificate,
  issueDevelopmentCertificate,
} from '../../src/certificates/development.ts';
import { policySet } from '../../src/core/policy/policy-set.ts';
import { readPolicyFiles } from '../../src/runtime/policy-files.ts';
import { readCertificate } from '../../src/server/certificate.ts';
import { type HealthCheck, healthServer } from '../../src/server/health.ts';
import { ServedCertificate } from '../../src/server/served-certificate.ts';
import { ServedPolicies } from '../../src/server/served-policies.ts';
import { readCases, readPolicy } from '../case-folder.ts';
import { policyText, temporaryFolder } from '../runtime/temporary-folder.ts';
import { reviewOf, startWebhookUnderTest } from './webhook-under-test.ts';
