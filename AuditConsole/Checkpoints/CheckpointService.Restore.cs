using AuditConsole.Core;
using AuditConsole.Identity;
using AuditConsole.Retention;
using AuditConsole.Storage;
using AuditConsole.Tenants;

namespace AuditConsole.Checkpoints;

// Going on after a restore.
public sealed partial class CheckpointService
{
    private const int MaxReason = 2000;

    /// <summary>
    /// Takes a log that is older than what was signed of it, or disagrees with that, as the one to go on with. That is
    /// recorded in the log before anything is signed again.
    /// </summary>
    /// <returns>The first checkpoint after it.</returns>
    /// <exception cref="RefusedException">There is nothing to accept, or the reason is unfit.</exception>
    /// <exception cref="StorageException">It could not be recorded or signed; the message says what to do.</exception>
    public async Task<StoredCheckpoint> AcceptRestoreAsync(Tenant tenant, string reason, CancellationToken cancellationToken)
    {
        reason = CheckReason(reason);
        await _one.WaitAsync(cancellationToken);
        try
        {
            if (!await TryOpenAsync(cancellationToken))
            {
                throw new StorageException(Problem!);
            }
            var followed = await FollowAsync(tenant.Number, cancellationToken);
            var head = await FindHeadAsync(tenant.Number, cancellationToken);
            var mark = _marks!.GetValueOrDefault(tenant.Id);
            if (mark is null || await FindDisagreementAsync(head, mark, cancellationToken) is null)
            {
                throw new RefusedException($"There is nothing to accept: the log of {tenant.Slug} is a continuation of what was signed of it.");
            }
            await _entries.AppendAsync(
                tenant.Number, tenant.Id, Acting.Console, ServiceActions.RestoreAccepted, tenant.AsResource(),
                new Dictionary<string, object?>
                {
                    ["reason"] = reason,
                    ["signed_size"] = mark.Size,
                    ["signed_root"] = mark.Root.ToString(),
                    ["signed_chain"] = mark.Chain.ToString(),
                    ["signed_at"] = WireTime.Format(mark.Time),
                    ["size"] = head.Head.Size,
                    ["chain"] = head.Head.Hash.ToString(),
                },
                context =>
                {
                    foreach (var witness in witnesses)
                    {
                        witness.Accept(context, tenant.Number);
                    }
                },
                cancellationToken);
            return await SignAnewAsync(followed, cancellationToken);
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Why a log isn't a continuation of what was signed of it last: a backup was put back. Null if it is one, and where that can't be told.</summary>
    public async Task<string?> FindRestoreAsync(int tenant, Guid tenantId, CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            return await TryOpenAsync(cancellationToken) && _marks!.GetValueOrDefault(tenantId) is { } mark
                ? await FindDisagreementAsync(await FindHeadAsync(tenant, cancellationToken), mark, cancellationToken)
                : null;
        }
        finally
        {
            _one.Release();
        }
    }

    private async Task<StoredCheckpoint> SignAnewAsync(Followed followed, CancellationToken cancellationToken)
    {
        var before = _marks!;
        _marks = before.Where(pair => pair.Key != followed.TenantId).ToDictionary();
        var signed = await SignAsync([(followed, await FindHeadAsync(followed.Tenant, cancellationToken))], cancellationToken);
        if (signed.Count == 0)
        {
            _marks = before;
            throw new StorageException(RefusalOf(followed.Tenant) ?? "The checkpoint could not be signed; the service's log says why. Run the command again.");
        }
        return signed[0];
    }

    private async Task<TenantHead> FindHeadAsync(int tenant, CancellationToken cancellationToken) =>
        (await trees.ListHeadsAsync(cancellationToken)).FirstOrDefault(head => head.Tenant == tenant, new TenantHead(tenant, default));

    private static string CheckReason(string reason)
    {
        reason = reason.Trim();
        if (reason.Length is 0 or > MaxReason)
        {
            throw new RefusedException($"A reason of 1 to {MaxReason:N0} characters is needed: it stays in the log for good.");
        }
        return CanonicalJson.FindRefusal(reason) is { } refusal ? throw new RefusedException($"The reason {refusal}.") : reason;
    }
}
