using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;

namespace ControlPanel.Data.Providers;

/// <summary>What <c>tools/migrations.sh</c> generates the SQLite migrations with; connects to nothing.</summary>
internal sealed class SqliteDesignTime : IDesignTimeDbContextFactory<SqliteControlPanelDb>
{
    public SqliteControlPanelDb CreateDbContext(string[] args) =>
        new(new DbContextOptionsBuilder<SqliteControlPanelDb>().UseSqlite("Data Source=design-time").Options);
}

/// <summary>What <c>tools/migrations.sh</c> generates the PostgreSQL migrations with; connects to nothing.</summary>
internal sealed class PostgresDesignTime : IDesignTimeDbContextFactory<PostgresControlPanelDb>
{
    public PostgresControlPanelDb CreateDbContext(string[] args) =>
        new(new DbContextOptionsBuilder<PostgresControlPanelDb>().UseNpgsql("Host=design-time").Options);
}
