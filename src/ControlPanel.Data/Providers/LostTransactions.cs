using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;

namespace ControlPanel.Data.Providers;

/// <summary>
/// When the connection breaks between two commands of a transaction, Npgsql calls the transaction completed and the next
/// command fails as if the program had made a mistake. It is the way to the store that broke, and here it is called so.
/// </summary>
internal sealed class LostTransactions : DbCommandInterceptor, IDbTransactionInterceptor
{
    public override InterceptionResult<DbCommand> CommandCreating(
        CommandCorrelatedEventData eventData,
        InterceptionResult<DbCommand> result
    )
    {
        if (eventData.Context?.Database.CurrentTransaction is { } transaction)
        {
            Check(transaction.GetDbTransaction());
        }

        return result;
    }

    public InterceptionResult TransactionCommitting(
        DbTransaction transaction,
        TransactionEventData eventData,
        InterceptionResult result
    )
    {
        Check(transaction);
        return result;
    }

    public ValueTask<InterceptionResult> TransactionCommittingAsync(
        DbTransaction transaction,
        TransactionEventData eventData,
        InterceptionResult result,
        CancellationToken cancellationToken = default
    )
    {
        Check(transaction);
        return ValueTask.FromResult(result);
    }

    private static void Check(DbTransaction transaction)
    {
        try
        {
            // Asking a transaction that is over for its isolation level is what Npgsql refuses.
            _ = transaction.IsolationLevel;
        }
        catch (InvalidOperationException e)
        {
            throw new NpgsqlException("The connection to PostgreSQL was lost within a transaction.", e);
        }
    }
}
